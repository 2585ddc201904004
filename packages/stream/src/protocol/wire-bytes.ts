const two32 = 2 ** 32;

/** Writes a 32-bit number, big-endian. */
export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Reads a 32-bit number, big-endian. The caller has checked that it is there. */
export function readU32(bytes: Uint8Array, at: number): number {
  const word =
    (byteAt(bytes, at) << 24) |
    (byteAt(bytes, at + 1) << 16) |
    (byteAt(bytes, at + 2) << 8) |
    byteAt(bytes, at + 3);
  return word >>> 0;
}

/** Writes a 16-bit number, big-endian. */
export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Reads a 16-bit number, big-endian. The caller has checked that it is there. */
export function readU16(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1);
}

/** Writes a 48-bit number, big-endian. */
export function writeU48(bytes: Uint8Array, at: number, value: number): void {
  writeU16(bytes, at, Math.floor(value / two32));
  writeU32(bytes, at + 2, value % two32);
}

/** Reads a 48-bit number, big-endian; always exact. The caller has checked that it is there. */
export function readU48(bytes: Uint8Array, at: number): number {
  const high = readU16(bytes, at);
  const low = readU32(bytes, at + 2);
  // A sum with a product is a double to V8, however small; fields that hold both kinds cost optimized code again and again.
  return high === 0 ? low : high * two32 + low;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}
