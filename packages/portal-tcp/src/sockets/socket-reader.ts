import type { OnReadOpts } from "node:net";
import type { Carrier, Chunk, ChunkPool } from "@x/stream/inner";

/** Takes the bytes of a socket as they come: `write` keeps them until it releases them, `writeCopy` copies them at once. */
export type ByteTaker = Pick<Carrier, "write" | "writeCopy">;

/**
 * Reads a socket in pieces of up to 512 KiB, eight times those of `data` events: fewer system calls and messages.
 * While reads are large they go into chunks of the pool, which are passed on uncopied.
 */
export class SocketReader {
  readonly #taker: ByteTaker;
  readonly #pool: ChunkPool;
  #own: Chunk | undefined;

  constructor(pool: ChunkPool, taker: ByteTaker) {
    this.#pool = pool;
    this.#taker = taker;
  }

  /** What Node's sockets want. */
  get onread(): OnReadOpts {
    return { buffer: () => this.#buffer(), callback: (count) => this.#filled(count) };
  }

  /** The socket is closed. Safe to call twice. */
  close(): void {
    const own = this.#own;
    if (own === undefined) return;
    this.#own = undefined;
    this.#pool.settle();
    own.release();
  }

  #buffer(): Uint8Array {
    return this.#own?.bytes ?? this.#pool.common;
  }

  #filled(count: number): true {
    const own = this.#own;
    // At least half of a chunk: the next read is expected to be large too.
    const isLarge = count >= this.#buffer().length / 2;
    if (own !== undefined && isLarge) {
      this.#pool.settle();
      this.#own = this.#pool.borrow();
      this.#taker.write(count === own.bytes.length ? own.bytes : own.bytes.subarray(0, count), own.release);
      return true;
    }
    const bytes = this.#buffer().subarray(0, count);
    if (isLarge) this.#own = this.#pool.borrow();
    this.#taker.writeCopy(bytes);
    if (!isLarge) this.close();
    return true;
  }
}
