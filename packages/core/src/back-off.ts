/** Delays between attempts, doubled each time up to a cap and then drawn at random from all that is less ("full jitter"), so that many who lost the same peer do not come back together. */
export class BackOff {
  readonly #baseMs: number;
  readonly #capMs: number;
  readonly #random: () => number;
  #failures = 0;

  /** @param random a number from 0 to less than 1 */
  constructor(baseMs: number, capMs: number, random: () => number) {
    this.#baseMs = baseMs;
    this.#capMs = capMs;
    this.#random = random;
  }

  /** The next delay, in milliseconds. */
  next(): number {
    // 2 ** 30 is beyond every cap; more would only lose precision.
    const upperMs = Math.min(this.#capMs, this.#baseMs * 2 ** Math.min(this.#failures++, 30));
    return Math.floor(this.#random() * upperMs);
  }

  /** Starts again at the base delay. */
  reset(): void {
    this.#failures = 0;
  }
}
