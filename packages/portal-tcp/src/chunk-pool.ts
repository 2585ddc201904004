import { maxFreeChunks, socketReadBytes } from "./limits.js";

const owners: WeakMap<ArrayBufferLike, ChunkPool> = new WeakMap();

/** Free buffers of all pools. */
let freeChunks = 0;

/**
 * The buffers for large reads of one socket, used again once the other end has their bytes.
 * Fresh ones cost page faults and garbage collection: a fifth of what carrying the bytes costs.
 *
 * A pool serves one stream only. An acknowledgement may come while a copy of the bytes still waits in a connection, be it
 * of a retransmission or because the other end lies; what then goes out is later bytes of the same stream, which that end
 * gets anyway and drops here, and never those of another.
 */
export class ChunkPool {
  readonly #free: Uint8Array[] = [];
  #isClosed = false;

  /** A buffer of the size of a large read. Whoever never gives it back leaves it to the garbage collector. */
  take(): Uint8Array {
    const known = this.#free.pop();
    if (known !== undefined) {
      freeChunks--;
      return known;
    }
    const chunk = Buffer.allocUnsafeSlow(socketReadBytes);
    owners.set(chunk.buffer, this);
    return chunk;
  }

  /** Takes a buffer of this pool back. */
  give(chunk: ArrayBufferLike): void {
    if (this.#isClosed || freeChunks >= maxFreeChunks) return;
    freeChunks++;
    this.#free.push(Buffer.from(chunk));
  }

  /** Lets the free buffers go, and takes none back any more. Safe to call twice. */
  close(): void {
    this.#isClosed = true;
    freeChunks -= this.#free.length;
    this.#free.length = 0;
  }
}

/** Gives the buffer of some bytes back to the pool it came from, if it came from one. */
export function giveChunkBack(bytes: Uint8Array): void {
  owners.get(bytes.buffer)?.give(bytes.buffer);
}
