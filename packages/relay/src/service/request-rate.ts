/**
 * Counts requests against a rate: a bucket of tokens that holds `burst` and gains `perSecond`.
 * Needs no timer; the clock is the monotonic one.
 */
export class RequestRate {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #countedAt: number = performance.now();

  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
  }

  /** Takes one request out of the bucket; false if it is empty. */
  take(): boolean {
    const now = performance.now();
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#countedAt) / 1000) * this.#perSecond);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
