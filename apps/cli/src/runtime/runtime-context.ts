import type { Address } from "@x/core";
import type { PortalBudget } from "@x/portal-tcp";
import type { RelayService } from "@x/relay";
import type { Node } from "@x/routing";
import type { AddressSyntax } from "../syntax/multi-address.js";
import type { NodeLimits } from "./limits/node-limits.js";
import type { OpenFiles } from "./limits/open-files.js";
import type { Refusals } from "./limits/refusals.js";
import type { SharedConnections } from "./routes/shared-connections.js";
import type { RuntimeLog } from "./runtime-log.js";

/** What the parts of a runtime share. */
export interface RuntimeContext {
  readonly nodeName: string;
  readonly node: Node;
  /** Routes as people write them, with the transports of this node. */
  readonly addresses: AddressSyntax;
  /** The services that every node has. */
  readonly services: readonly { readonly type: string; readonly address: Address }[];
  /** The relays it hosts. */
  readonly relayService: RelayService;
  /** Connections that routes of relays and inlets begin with. */
  readonly shared: SharedConnections;
  readonly limits: NodeLimits;
  /** Memory that all inlets and outlets share. */
  readonly portalBudget: PortalBudget;
  readonly openFiles: OpenFiles;
  readonly refusals: Refusals;
  readonly log: RuntimeLog;
  /** Tells that what must be restored has changed. */
  readonly changed: () => void;
}
