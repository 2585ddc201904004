/** Allows so many things per second, and bursts of as many. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #now: () => number;
  #left: number;
  #since: number;

  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#now = now;
    this.#left = perSecond;
    this.#since = now();
  }

  /** Says whether one more is allowed now, and counts it. */
  take(): boolean {
    const now = this.#now();
    this.#left = Math.min(this.#left + ((now - this.#since) * this.#perSecond) / 1_000, this.#perSecond);
    this.#since = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
