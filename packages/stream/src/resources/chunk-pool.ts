import type { Release } from "@x/core";
import { maxBulkReaders, maxChunkBytes, maxFreeChunks } from "../limits.js";

/** Memory for one large read. */
export interface Chunk {
  readonly bytes: Uint8Array;
  /** Gives it back to its pool. Whoever never calls it leaves it to the garbage collector. */
  readonly release: Release;
}

/**
 * Memory for reads from whatever a stream carries, used again once nobody needs the bytes: neither the other end nor any
 * queue or transport they were lent to. Fresh memory costs page faults and garbage collection: a fifth of what carrying the
 * bytes costs.
 */
export class ChunkPool {
  readonly #free: Chunk[] = [];
  #readers = 0;
  #common: Uint8Array | undefined;

  /** Chunks that are free to be used again. */
  get free(): number {
    return this.#free.length;
  }

  /**
   * For the reads of all who get little at once: a read is over, and its bytes copied, before the next one begins.
   * So one that is idle holds no memory.
   */
  get common(): Uint8Array {
    this.#common ??= new Uint8Array(maxChunkBytes);
    return this.#common;
  }

  /** A chunk to read into; nothing when as many read into chunks of their own as may. {@link settle} it when it is read, or not needed. */
  borrow(): Chunk | undefined {
    if (this.#readers >= maxBulkReaders) return undefined;
    this.#readers++;
    return this.#free.pop() ?? this.#newChunk();
  }

  /** The reader of a chunk has done with it: it was handed on, with its `release`, or was released. */
  settle(): void {
    this.#readers--;
  }

  #newChunk(): Chunk {
    const chunk: Chunk = {
      bytes: new Uint8Array(maxChunkBytes),
      release: () => {
        if (this.#free.length < maxFreeChunks) this.#free.push(chunk);
      },
    };
    return chunk;
  }
}
