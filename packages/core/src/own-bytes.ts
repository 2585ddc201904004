/** How much memory bytes that wait may keep alive beyond their own length: at most as much again. */
const maxPinnedFactor = 2;

/**
 * Bytes to keep for longer than a call: copied when they are a small part of a larger buffer, which would otherwise stay in
 * memory for them.
 * What they hold afterwards is {@link pinnedBytes}, twice their length at most.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  // Not `slice`, which shares the pool where the bytes are a Buffer.
  return bytes.buffer.byteLength > bytes.length * maxPinnedFactor ? new Uint8Array(bytes) : bytes;
}

/** The memory that bytes keep alive, in bytes: the whole buffer that they are a part of. */
export function pinnedBytes(bytes: Uint8Array): number {
  return bytes.buffer.byteLength;
}
