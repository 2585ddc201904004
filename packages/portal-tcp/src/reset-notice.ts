import { encodeReset } from "./portal-message.js";
import type { ResetReason } from "./reset-reason.js";
import type { StreamId } from "./stream-id.js";

/** Longest pause between two notices, in milliseconds. */
const maxPauseMs = 5_000;

/** Tells the other end of a reset, again and again until it answers. */
export class ResetNotice {
  readonly #message: Uint8Array;
  #pauseMs: number;
  #nextAt: number;

  /** @param pauseMs how long an answer may take, in milliseconds */
  constructor(id: StreamId, isOutlet: boolean, reason: ResetReason, pauseMs: number, now: number) {
    this.#message = encodeReset(id, isOutlet, reason);
    this.#pauseMs = pauseMs;
    this.#nextAt = now;
  }

  /** When the next notice is due, in milliseconds. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** The other end shows that it did not hear, or can hear now. */
  dueNow(now: number): void {
    this.#nextAt = Math.min(this.#nextAt, now);
  }

  /** The notice, which is sent now. */
  take(now: number): Uint8Array {
    this.#nextAt = now + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, Math.max(maxPauseMs, this.#pauseMs));
    return this.#message;
  }
}
