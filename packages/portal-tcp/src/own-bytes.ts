/** How much memory a waiting piece may keep alive beyond its own length: at most as much again. */
const maxPinnedFactor = 2;

/**
 * Bytes to keep for long: copied when they are a small part of a larger buffer, which would otherwise stay in memory for them.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > bytes.length * maxPinnedFactor ? new Uint8Array(bytes) : bytes;
}
