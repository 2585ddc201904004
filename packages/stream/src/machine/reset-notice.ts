import type { ResetReason } from "../protocol/reset-reason.js";
import type { StreamId } from "../protocol/stream-id.js";
import { encodeReset } from "../protocol/stream-message.js";

/** Longest pause between two notices, in milliseconds. */
const maxPauseMs = 5_000;

/** Tells the other end of a reset, again and again until it answers. */
export class ResetNotice {
  readonly #message: Uint8Array;
  #pauseMs: number;
  #isDue = true;
  #nextAt: number = Number.POSITIVE_INFINITY;

  /** @param pauseMs how long an answer may take, in milliseconds */
  constructor(id: StreamId, isAcceptor: boolean, reason: ResetReason, pauseMs: number) {
    this.#message = encodeReset(id, isAcceptor, reason);
    this.#pauseMs = pauseMs;
  }

  /** A notice should go out. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** When the next notice becomes due, in milliseconds; infinite when one is due and waits for its turn. */
  get dueAt(): number {
    return this.#isDue ? Number.POSITIVE_INFINITY : this.#nextAt;
  }

  /** The other end shows that it did not hear, or can hear now. */
  dueNow(): void {
    this.#isDue = true;
  }

  /** Time passed. */
  onTime(now: number): void {
    if (now >= this.#nextAt) this.#isDue = true;
  }

  /** The notice, which is sent now. */
  take(now: number): Uint8Array {
    this.#isDue = false;
    this.#nextAt = now + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, Math.max(maxPauseMs, this.#pauseMs));
    return this.#message;
  }
}
