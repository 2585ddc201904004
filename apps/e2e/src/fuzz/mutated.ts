import type { Random } from "../harness/random.js";

const edgeBytes: readonly number[] = [0x00, 0x01, 0x7f, 0x80, 0xc1, 0xd9, 0xdc, 0xff];

/** A copy with a few faults: changed, lost, doubled and foreign bytes, or an early end. */
export function mutated(bytes: Uint8Array, random: Random): Buffer {
  let result = Buffer.from(bytes);
  for (let faults = 1 + random.below(4); faults > 0; faults--) {
    const at = random.below(result.length + 1);
    const [before, after] = [result.subarray(0, at), result.subarray(at)];
    const [first = 0] = after;
    const parts = random.pick<() => readonly Uint8Array[]>([
      () => [before, Buffer.of(first ^ (1 << random.below(8))), after.subarray(1)],
      () => [before, Buffer.of(random.pick(edgeBytes)), after.subarray(1)],
      () => [before],
      () => [before, random.bytes(1 + random.below(16)), after],
      () => [before, after.subarray(1 + random.below(8))],
      () => [before, result.subarray(Math.max(0, at - 8))],
    ])();
    result = Buffer.concat(parts);
  }
  return result;
}
