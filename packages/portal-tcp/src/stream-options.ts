import type { PortalBudget } from "./budget.js";
import type { OpenOptions } from "./open-options.js";
import type { PathMemory } from "./path-memory.js";
import type { StreamId } from "./stream-id.js";
import type { StreamSettings } from "./stream-settings.js";

/**
 * Where a stream is in its life. See PROTOCOL.md, "States of a stream".
 * `opening`: nothing was heard of the other end. `resetting`: the other end must still hear of the reset. `closed`: over.
 */
export type StreamPhase = "opening" | "open" | "resetting" | "closed";

/** How much a stream wants to send: nothing, something small that others wait for, or data. */
export type Urgency = "none" | "urgent" | "data";

/** How to make one end of a stream. */
export interface StreamOptions {
  readonly id: StreamId;
  readonly role: "inlet" | "outlet";
  readonly path: PathMemory;
  readonly budget: PortalBudget;
  readonly settings: StreamSettings;
  /** What the outlet is told about the visitor. */
  readonly open?: OpenOptions;
}
