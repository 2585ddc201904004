import { countReceived, type Received, type ReceiveWindow } from "../loads/receive-window.js";
import { type LoadListener, serveLoads } from "../loads/serve-loads.js";
import { serveRole } from "../process/serve-role.js";

/** What the load server can be asked. It listens from the start. */
export interface LoadServerOperations {
  readonly [operation: string]: (params: never) => unknown;
  /** Its port. */
  readonly port: (params: undefined) => number;
  /** Counts uploads within the window. */
  readonly countUploads: (window: ReceiveWindow) => Promise<Received>;
  /** Connections open now. */
  readonly connections: (params: undefined) => number;
}

const listener: LoadListener = await serveLoads();
const operations: LoadServerOperations = {
  port: () => listener.port,
  countUploads: (window) => countReceived(listener.bytesReceived, window),
  connections: () => listener.connections(),
};
serveRole(operations);
