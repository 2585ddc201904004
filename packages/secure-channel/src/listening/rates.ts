/** A bucket of tokens that holds `burst` and gains `perSecond`. */
class Bucket {
  #left: number;
  #countedAt = performance.now();

  constructor(burst: number) {
    this.#left = burst;
  }

  take(burst: number, perSecond: number): boolean {
    const now = performance.now();
    this.#left = Math.min(burst, this.#left + ((now - this.#countedAt) / 1_000) * perSecond);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

/** How often something may happen, each key for itself. Needs no timer. */
export class Rates {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #maxKeys: number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param maxKeys keys it remembers; the one that did nothing for the longest time gives way */
  constructor(burst: number, perSecond: number, maxKeys: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#maxKeys = maxKeys;
  }

  /** Says whether it may happen once more now, and counts it. */
  take(key: string): boolean {
    const bucket = this.#buckets.get(key) ?? new Bucket(this.#burst);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > this.#maxKeys && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket.take(this.#burst, this.#perSecond);
  }
}
