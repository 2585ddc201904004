import { seededRandom } from "../harness/seeded-random.js";

/** Length of the pool: the largest prime below 4 MiB, so that no shift by a power of two goes unnoticed. */
const poolBytes = 4_194_301;

/**
 * What streams carry: a fixed pool of random bytes, read from another place for each direction of each stream.
 * The byte at each offset is known without keeping anything, so what arrives is compared as it comes.
 */
export class Content {
  readonly #pool: Buffer;

  constructor(seed: number) {
    const random = seededRandom(seed);
    const words = new Uint32Array(Math.ceil(poolBytes / 4));
    for (let index = 0; index < words.length; index++) words[index] = random() * 0x1_0000_0000;
    this.#pool = Buffer.from(words.buffer, 0, poolBytes);
  }

  /** The bytes of a direction from an offset on: as many as asked for, or fewer where the pool begins again. */
  piece(seed: number, offset: number, length: number): Buffer {
    const from = ((seed % poolBytes) + offset) % poolBytes;
    return this.#pool.subarray(from, Math.min(from + length, poolBytes));
  }

  /** Where bytes that came at an offset differ from what was sent; nothing when they do not. */
  firstDifference(seed: number, offset: number, bytes: Buffer): number | undefined {
    for (let done = 0; done < bytes.length; ) {
      const expected = this.piece(seed, offset + done, bytes.length - done);
      const part = bytes.subarray(done, done + expected.length);
      if (!expected.equals(part)) return offset + done + part.findIndex((byte, at) => byte !== expected[at]);
      done += expected.length;
    }
    return undefined;
  }
}
