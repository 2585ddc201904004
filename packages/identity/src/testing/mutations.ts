/** Each single bit of some bytes turned over. */
export function* flippedBits(bytes: Uint8Array, step = 1): Generator<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit += step) {
    const changed = new Uint8Array(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield changed;
  }
}

/** All beginnings of some bytes that are shorter than they, and some that are longer. */
export function* otherLengths(bytes: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < bytes.length; length++) yield bytes.subarray(0, length);
  for (const more of [1, 32, 64, 76, 160]) yield Uint8Array.of(...bytes, ...new Uint8Array(more));
}
