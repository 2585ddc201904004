import type { Release } from "@x/core";
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

/** A stream, as its local end sees it. */
export interface Carrier {
  /** Lets the open go out. An acceptor's stream is open from the start. */
  start(): void;
  /**
   * Bytes of the local program, uncopied.
   *
   * @param release called once, when nobody needs the bytes any more: until then they must not change. It may never be called,
   * as not every transport tells; then their memory is left to the garbage collector.
   */
  write(bytes: Uint8Array, release?: Release): void;
  /** Bytes of the local program, which are copied within the call. For little at once. */
  writeCopy(bytes: Uint8Array): void;
  /** The local program ended its direction. */
  end(): void;
  /** The local program has taken bytes that it was delivered. */
  taken(bytes: number): void;
  /** The local program ended its direction, and the other end has every byte. */
  readonly isSent: boolean;
  /** The other end ended its direction, and every byte was delivered. */
  readonly isRead: boolean;
  /** Bytes of the local program that were sent, each counted once. */
  readonly sentBytes: number;
  /** Bytes of the other end that arrived in order. */
  readonly receivedBytes: number;
  /** Why it ended before its time; nothing while it lives, and when both directions came to their end. */
  readonly reason: ResetReason | undefined;
  /** `canDeliver` or `wantBytes` may have a new answer. */
  settle(): void;
  /** The local end broke, or must not live on. */
  reset(reason: ResetReason): void;
  /**
   * The local end broke by itself: a reset that does not overtake what it wrote before, as on a direct connection.
   * It waits until the other end has those bytes, a bounded time, and throws away what still comes.
   */
  breakOff(reason: ResetReason): void;
  /** The local end is closed, and takes nothing any more. */
  localClosed(): void;
}
