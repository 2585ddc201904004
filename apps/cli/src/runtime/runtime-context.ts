import type { Node } from "@x/routing";
import type { RuntimeLog } from "./runtime-log.js";
import type { SharedConnections } from "./shared-connections.js";

/** What the parts of a runtime share. */
export interface RuntimeContext {
  readonly nodeName: string;
  readonly node: Node;
  /** Connections that routes of relays and inlets begin with. */
  readonly shared: SharedConnections;
  readonly log: RuntimeLog;
  /** Tells that what must be restored has changed. */
  readonly changed: () => void;
}
