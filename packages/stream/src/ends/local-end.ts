import type { ResetReason } from "../protocol/reset-reason.js";
import type { OrderedBytes } from "../receive/receive-buffer.js";

/** What a stream drives: a socket, a pair of web streams, or whatever else has bytes to carry. */
export interface LocalEnd {
  /** Whether bytes of the local program are wanted; called after each change, often with the same answer. */
  wantBytes(isWanted: boolean): void;
  /** Says whether `deliver` may be called now. When it may again, `taken` or `settle` of the stream has to be called. */
  readonly canDeliver: boolean;
  /** Bytes for the local program. Returns true when it has them already; else call `taken` when it has. */
  deliver(piece: OrderedBytes): boolean;
  /** The other end ended its direction, and all bytes were delivered. */
  deliverEnd(): void;
  /** The stream ended before its time. */
  abort(reason: ResetReason): void;
  /** Both directions came to their end at both ends. */
  finished(): void;
}
