import { maxFreeChunks, socketReadBytes } from "./limits.js";

/**
 * Buffers for large reads, used again once the other end has their bytes.
 * Fresh ones cost page faults and garbage collection: a fifth of what carrying the bytes costs.
 */
const free: Uint8Array[] = [];
const ownBuffers: WeakSet<ArrayBufferLike> = new WeakSet();

/** A buffer of the size of a large read. Whoever never gives it back leaves it to the garbage collector. */
export function takeChunk(): Uint8Array {
  const known = free.pop();
  if (known !== undefined) return known;
  const chunk = Buffer.allocUnsafeSlow(socketReadBytes);
  ownBuffers.add(chunk.buffer);
  return chunk;
}

/**
 * Gives the buffer of some bytes back, if it is one of these.
 * A retransmission that still waits in a connection may then carry other bytes; its receiver has the right ones and drops it.
 */
export function giveChunkBack(bytes: Uint8Array): void {
  if (free.length >= maxFreeChunks || !ownBuffers.has(bytes.buffer)) return;
  free.push(Buffer.from(bytes.buffer));
}
