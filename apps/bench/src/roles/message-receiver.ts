import { createNode } from "@x/routing";
import { tcp } from "@x/transport-tcp";
import { countReceived, type Received, type ReceiveWindow } from "../loads/receive-window.js";
import { serveRole } from "../process/serve-role.js";

/** What the receiver of small messages can be asked. */
export interface MessageReceiverOperations {
  readonly [operation: string]: (params: never) => unknown;
  /** Starts a node with a worker `sink` that counts, and gives its port. */
  readonly listenAsNode: (params: undefined) => Promise<number>;
  /** Listens with the bare transport, counts frames, and gives the port. */
  readonly listenAsTransport: (params: undefined) => Promise<number>;
  /** Counts what arrives within the window; the "bytes" are messages or frames. */
  readonly count: (window: ReceiveWindow) => Promise<Received>;
}

let count = 0;
const portOf = (where: string): number => Number(where.slice(where.lastIndexOf(":") + 1));

const operations: MessageReceiverOperations = {
  listenAsNode: async () => {
    const node = createNode({ transports: [tcp()] });
    const onMessage = (): void => {
      count++;
    };
    node.startWorker(onMessage, { address: "sink", exposure: "network" });
    return portOf((await node.listen("tcp#127.0.0.1:0")).address);
  },
  listenAsTransport: async () => {
    const onFrame = (): undefined => {
      count++;
    };
    const listener = await tcp().listen("127.0.0.1:0", {
      onConnection: (connection) => connection.start({ onFrame, onClose: () => {} }),
    });
    return portOf(listener.where);
  },
  count: (window) => countReceived(() => count, window),
};
serveRole(operations);
