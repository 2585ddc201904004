/** Random choices that are the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A number from 0 to below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 to below a bound. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** A number between two, each order of magnitude as likely as another. */
  between(low: number, high: number): number {
    return Math.floor(low * (high / low) ** this.next());
  }

  /** True in so many of all cases, from 0 to 1. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** One of several. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** All of them in another order. */
  shuffled<T>(values: readonly T[]): T[] {
    const drawn = values.map((value) => ({ value, order: this.next() }));
    return drawn.sort((one, other) => one.order - other.order).map(({ value }) => value);
  }

  /** Random bytes: a piece of a pool, as making each one would take longer than a node takes to read it. */
  bytes(length: number): Buffer {
    const from = this.below(randomPool.length - length);
    return randomPool.subarray(from, from + length);
  }
}

/** Random bytes, the same ones always. Their number is the largest prime below 4 MiB, so that no shift by a power of two goes unnoticed. */
export const randomPool: Buffer = makePool(4_194_301);

function makePool(length: number): Buffer {
  const random = new Random(1);
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () => random.below(0x1_0000_0000));
  return Buffer.from(words.buffer, 0, length);
}
