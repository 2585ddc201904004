/** Reads a big-endian u32. */
export function readWord(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  const low = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return ((high << 16) | low) >>> 0;
}

/** Writes a big-endian u32, and returns where it ends. */
export function writeWord(bytes: Uint8Array, at: number, word: number): number {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
  return at + 4;
}
