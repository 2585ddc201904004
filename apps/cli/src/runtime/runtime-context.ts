import type { Address } from "@x/core";
import type { PortalBudget } from "@x/portal-tcp";
import type { RelayService } from "@x/relay";
import type { Node } from "@x/routing";
import type { EventLog } from "../events/event-log.js";
import type { AddressSyntax } from "../syntax/multi-address.js";
import type { NodeLimits } from "./limits/node-limits.js";
import type { OpenFiles } from "./limits/open-files.js";
import type { Refusals } from "./limits/refusals.js";
import type { SharedRoutes } from "./routes/shared-routes.js";
import type { RuntimeLog } from "./runtime-log.js";
import type { NodeChannels } from "./trust/node-channels.js";
import type { ChannelListenerEntry } from "./trust/node-listener.js";
import type { NodeTrust } from "./trust/node-trust.js";
import type { Policies } from "./trust/policies.js";

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
  /** Names and owners of relays that it does not host. */
  readonly relayBlocks: Set<string>;
  /** Who it is, and whom it believes. */
  readonly trust: NodeTrust;
  /** Who may use what it has. */
  readonly policies: Policies;
  /** The channels it keeps. */
  readonly channels: NodeChannels;
  /** The listener for channels that every node has; absent in one that is there for a command alone. */
  readonly ownListener: () => ChannelListenerEntry | undefined;
  /** Connections and channels that routes of relays and inlets begin with. */
  readonly shared: SharedRoutes;
  readonly limits: NodeLimits;
  /** Memory that all inlets and outlets share. */
  readonly portalBudget: PortalBudget;
  readonly openFiles: OpenFiles;
  readonly refusals: Refusals;
  readonly log: RuntimeLog;
  /** What happens, for the log and for who asks. */
  readonly events: EventLog;
  /** Tells that what must be restored has changed. */
  readonly changed: () => void;
}
