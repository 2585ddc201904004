import type { PathMemory } from "../path/path-memory.js";
import type { StreamId } from "../protocol/stream-id.js";
import type { Pages } from "../resources/pages.js";
import type { StreamBudget } from "../resources/stream-budget.js";
import type { StreamSettings } from "./stream-settings.js";

/**
 * Where a stream is in its life. See PROTOCOL.md, "States of a stream".
 * `opening`: nothing was heard of the other end. `resetting`: the other end must still hear of the reset. `closed`: over.
 */
export type StreamPhase = "opening" | "open" | "resetting" | "closed";

/** How much a stream wants to send: nothing, something small that others wait for, or data. */
export type Urgency = "none" | "urgent" | "data";

/** Which end of its streams this is. */
export type StreamRole = "opener" | "acceptor";

/** How to make one end of a stream. */
export interface MachineOptions {
  readonly id: StreamId;
  readonly role: StreamRole;
  readonly path: PathMemory;
  readonly budget: StreamBudget;
  /** Where headers and copies of little things get their memory. */
  readonly pages: Pages;
  readonly settings: StreamSettings;
  /** What an opener tells the acceptor. */
  readonly openOptions?: Uint8Array | undefined;
}
