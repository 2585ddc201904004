import { seededRandom } from "../harness/seeded-random.js";

/** Random choices that are the same for the same seed. */
export interface Random {
  /** A whole number from 0 to below a bound. */
  below(bound: number): number;
  /** True in so many of all cases, from 0 to 1. */
  chance(share: number): boolean;
  /** One of several. */
  pick<T>(choices: readonly T[]): T;
  /** Random bytes. */
  bytes(length: number): Buffer;
}

const poolBytes = 1_048_576;
let pool: Buffer | undefined;

/** Random choices from a seed. */
export function randomFrom(seed: number): Random {
  const next = seededRandom(seed);
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    below,
    chance: (share) => next() < share,
    pick: <T>(choices: readonly T[]): T => choices[below(choices.length)] as T,
    // A piece of a pool: making each byte would take longer than the node takes to read it.
    bytes: (length) => {
      const from = below(poolBytes - length);
      return bytesPool().subarray(from, from + length);
    },
  };
}

function bytesPool(): Buffer {
  if (pool !== undefined) return pool;
  const next = seededRandom(1);
  pool = Buffer.from(Array.from({ length: poolBytes }, () => Math.floor(next() * 256)));
  return pool;
}

const edgeBytes: readonly number[] = [0x00, 0x01, 0x7f, 0x80, 0xc1, 0xd9, 0xdc, 0xff];

/** A copy with a few faults: changed, lost, doubled and foreign bytes, or an early end. */
export function mutated(bytes: Uint8Array, random: Random): Buffer {
  let result = Buffer.from(bytes);
  for (let faults = 1 + random.below(4); faults > 0; faults--) result = withFault(result, random);
  return result;
}

function withFault(bytes: Buffer, random: Random): Buffer<ArrayBuffer> {
  const at = random.below(bytes.length + 1);
  const copy = Buffer.from(bytes);
  switch (random.below(6)) {
    case 0:
      if (at < copy.length) copy[at] = (copy[at] as number) ^ (1 << random.below(8));
      return copy;
    case 1:
      if (at < copy.length) copy[at] = random.pick(edgeBytes);
      return copy;
    case 2:
      return copy.subarray(0, at);
    case 3:
      return Buffer.concat([copy.subarray(0, at), random.bytes(1 + random.below(16)), copy.subarray(at)]);
    case 4:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1 + random.below(8))]);
    default:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(Math.max(0, at - 8))]);
  }
}
