/** A 48-bit number of milliseconds since 1970, as times are written. */
export const timeBytes = 6;

/** The last time that 48 bits hold, in the year 10889: less than a safe integer, and a valid date. */
export const maxTimeMs: number = 2 ** 48 - 1;

/** Several pieces as one. The pieces are copied, so that nobody changes what is signed or verified meanwhile. */
export function joinBytes(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}

/** Says whether two pieces hold the same. For public values: the time it takes tells where they differ. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** A time as 48 bits, big-endian. Fractions of a millisecond are dropped. */
export function writeTime(timeMs: number): Uint8Array {
  const bytes = new Uint8Array(timeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(timeMs / 2 ** 32));
  view.setUint32(2, Math.floor(timeMs) % 2 ** 32);
  return bytes;
}

/** The time at an offset. */
export function readTime(bytes: Uint8Array, offset: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, timeBytes);
  return view.getUint16(0) * 2 ** 32 + view.getUint32(2);
}

/** What comes in front of everything that is hashed or signed for one purpose, so that it is of use for no other: text, then a zero byte. */
export function domain(purpose: string): Uint8Array {
  return new TextEncoder().encode(`culvert/${purpose}\0`);
}

/** SHA-256, 32 bytes. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
