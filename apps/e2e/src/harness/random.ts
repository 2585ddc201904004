const edgeBytes: readonly number[] = [0x00, 0x01, 0x7f, 0x80, 0xc1, 0xd9, 0xdc, 0xff];

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

  /** A copy with a few faults: changed, lost, doubled and foreign bytes, or an early end. */
  mutated(bytes: Uint8Array): Buffer {
    let result = Buffer.from(bytes);
    for (let faults = 1 + this.below(4); faults > 0; faults--) {
      const at = this.below(result.length + 1);
      const [before, after] = [result.subarray(0, at), result.subarray(at)];
      const [first = 0] = after;
      const parts = this.pick<() => readonly Uint8Array[]>([
        () => [before, Buffer.of(first ^ (1 << this.below(8))), after.subarray(1)],
        () => [before, Buffer.of(this.pick(edgeBytes)), after.subarray(1)],
        () => [before],
        () => [before, this.bytes(1 + this.below(16)), after],
        () => [before, after.subarray(1 + this.below(8))],
        () => [before, result.subarray(Math.max(0, at - 8))],
      ])();
      result = Buffer.concat(parts);
    }
    return result;
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
