import { endedStreamMs, maxEndedStreams } from "./limits.js";
import type { ResetReason } from "./reset-reason.js";
import type { StreamId } from "./stream-id.js";

interface Ended {
  readonly at: number;
  /** Absent when both directions came to their end. */
  readonly reason: ResetReason | undefined;
}

/** Streams that are over, so that a late message neither opens one again nor turns a success into a failure. */
export class EndedStreams {
  /** In the order in which they ended. */
  readonly #ended: Map<StreamId, Ended> = new Map();

  /** Notes that a stream is over. Forgets those that ended long ago, or the oldest when there are too many. */
  add(id: StreamId, reason: ResetReason | undefined, now: number): void {
    this.#ended.set(id, { at: now, reason });
    for (const [oldId, { at }] of this.#ended) {
      if (now - at < endedStreamMs && this.#ended.size <= maxEndedStreams) break;
      this.#ended.delete(oldId);
    }
  }

  /** How a stream ended; nothing when it is not known. */
  get(id: StreamId): Ended | undefined {
    return this.#ended.get(id);
  }
}
