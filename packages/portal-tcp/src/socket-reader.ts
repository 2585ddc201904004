import type { OnReadOpts } from "node:net";
import { ChunkPool } from "./chunk-pool.js";
import { maxBulkReaders, socketReadBytes } from "./limits.js";

/** Takes the bytes of a socket as they come. They are the taker's own. */
export type ByteTaker = (bytes: Uint8Array) => void;

/**
 * For the reads of all sockets that get little at once: a read is over, and its bytes copied, before the next one begins.
 * So an idle socket holds no buffer.
 */
let sharedBuffer: Uint8Array | undefined;
let bulkReaders = 0;

/** Reads of at least this size are handed on uncopied, and the next one is expected to be large too. */
const largeReadBytes = socketReadBytes / 2;

/**
 * Reads a socket in pieces of up to 512 KiB, eight times those of `data` events: fewer system calls and messages.
 * While reads are large they go into buffers of the socket's own, which are passed on uncopied.
 */
export class SocketReader {
  readonly #take: ByteTaker;
  readonly #pool: ChunkPool = new ChunkPool();
  #ownBuffer: Uint8Array | undefined;

  constructor(take: ByteTaker) {
    this.#take = take;
  }

  /** What Node's sockets want. */
  get onread(): OnReadOpts {
    return { buffer: () => this.#buffer(), callback: (count) => this.#filled(count) };
  }

  /** The socket is closed. Safe to call twice. */
  close(): void {
    this.#setOwn(undefined);
    this.#pool.close();
  }

  #buffer(): Uint8Array {
    sharedBuffer ??= Buffer.allocUnsafeSlow(socketReadBytes);
    return this.#ownBuffer ?? sharedBuffer;
  }

  #filled(count: number): true {
    const own = this.#ownBuffer;
    if (own !== undefined && count >= largeReadBytes) {
      this.#setOwn(this.#pool.take());
      this.#take(count === own.length ? own : own.subarray(0, count));
      return true;
    }
    const bytes = Buffer.allocUnsafe(count);
    bytes.set(this.#buffer().subarray(0, count));
    if (count < largeReadBytes) this.#readLittle();
    else if (bulkReaders < maxBulkReaders) this.#setOwn(this.#pool.take());
    this.#take(bytes);
    return true;
  }

  #readLittle(): void {
    if (this.#ownBuffer === undefined) return;
    this.#pool.give(this.#ownBuffer.buffer);
    this.#setOwn(undefined);
  }

  #setOwn(buffer: Uint8Array | undefined): void {
    bulkReaders += Number(buffer !== undefined) - Number(this.#ownBuffer !== undefined);
    this.#ownBuffer = buffer;
  }
}
