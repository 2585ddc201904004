import { initialRoundTripMs, lossTimeFactor, maxAckDelayMs, timerGrainMs } from "../limits.js";

/** Estimates the round-trip time of a path as RFC 9002, section 5, does. All times in milliseconds. */
export class RoundTrip {
  #smoothed: number;
  #variation: number;
  #least = Number.POSITIVE_INFINITY;
  #latest: number = Number.NEGATIVE_INFINITY;
  #isMeasured = false;

  /** Begins with a guess, such as what an earlier stream measured on the same path. */
  constructor(guessMs: number = initialRoundTripMs) {
    this.#smoothed = guessMs;
    this.#variation = guessMs / 2;
  }

  /** The smoothed estimate. */
  get smoothedMs(): number {
    return this.#smoothed;
  }

  /** The lowest sample; infinite before the first. */
  get leastMs(): number {
    return this.#least;
  }

  /** Says whether there was a sample. */
  get isMeasured(): boolean {
    return this.#isMeasured;
  }

  /** How long an answer to an unacknowledged packet may take (RFC 9002, section 6.2.1). */
  get probeTimeoutMs(): number {
    return this.#smoothed + Math.max(4 * this.#variation, timerGrainMs) + maxAckDelayMs;
  }

  /** How long a packet that was overtaken may still arrive (RFC 9002, section 6.1.2). */
  get lossDelayMs(): number {
    return Math.max(lossTimeFactor * Math.max(this.#smoothed, this.#latest), timerGrainMs);
  }

  /** Takes in a sample: the time from sending to acknowledgement, and how much of it the other end waited on purpose. */
  sample(elapsedMs: number, ackDelayMs: number): void {
    const measured = Math.max(0, elapsedMs);
    this.#least = Math.min(this.#least, measured);
    const delay = Math.min(ackDelayMs, maxAckDelayMs);
    const adjusted = measured - delay >= this.#least ? measured - delay : measured;
    this.#latest = measured;
    if (!this.#isMeasured) {
      this.#isMeasured = true;
      this.#smoothed = adjusted;
      this.#variation = adjusted / 2;
      return;
    }
    this.#variation = 0.75 * this.#variation + 0.25 * Math.abs(this.#smoothed - adjusted);
    this.#smoothed = 0.875 * this.#smoothed + 0.125 * adjusted;
  }
}
