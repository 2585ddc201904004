/**
 * A frame whose bytes depend on its number and their place, so that a byte lost, doubled, moved or taken from another frame shows.
 * From 4 bytes on it begins with its number, big-endian.
 */
export function patternedFrame(number: number, bytes: number): Uint8Array {
  const frame = new Uint8Array(bytes);
  // The high part of the place keeps blocks of 256 bytes apart.
  for (let at = 0; at < bytes; at += 1) frame[at] = number * 131 + at * 7 + (at >>> 8) * 13;
  if (bytes >= 4) new DataView(frame.buffer).setUint32(0, number);
  return frame;
}

/** `count` frames of `bytes` bytes each, numbered from `first` on. */
export function patternedFrames(count: number, bytes: number, first = 0): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => patternedFrame(first + index, bytes));
}

/** Says whether two frames hold the same bytes. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && Buffer.compare(one, other) === 0;
}

/** A frame as a failure shows it: its length and first bytes. */
export function describeFrame(frame: Uint8Array | undefined): string {
  if (frame === undefined) return "no frame";
  const start = Buffer.from(frame.subarray(0, 8)).toString("hex");
  return `${frame.length} bytes ${start}${frame.length > 8 ? "…" : ""}`;
}
