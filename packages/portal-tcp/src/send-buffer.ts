import { ByteRanges } from "./byte-ranges.js";
import { giveChunkBack } from "./chunk-pool.js";

interface Chunk {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Stands where a released chunk was. */
const releasedChunk: Chunk = { offset: 0, bytes: new Uint8Array(0) };

/** The bytes of one direction from when the local socket gave them until the other end has them. */
export class SendBuffer {
  /** Lowest first, without gaps; those before `#first` are released. */
  #chunks: Chunk[] = [];
  #first = 0;
  #releasedTo = 0;
  #end = 0;
  #sentTo = 0;
  readonly #lost: ByteRanges = new ByteRanges();

  /** All bytes below this offset arrived at the other end. */
  get releasedTo(): number {
    return this.#releasedTo;
  }

  /** Where the next byte of the local socket goes. */
  get end(): number {
    return this.#end;
  }

  /** Bytes below this offset were sent at least once. */
  get sentTo(): number {
    return this.#sentTo;
  }

  /** Bytes that were never sent. */
  get unsentBytes(): number {
    return this.#end - this.#sentTo;
  }

  /** Bytes that are kept. */
  get heldBytes(): number {
    return this.#end - this.#releasedTo;
  }

  /** Says whether bytes must be sent again. */
  get hasLost(): boolean {
    return this.#lost.first !== undefined;
  }

  /** Adds bytes of the local socket. They must not change any more. */
  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push({ offset: this.#end, bytes });
    this.#end += bytes.length;
  }

  /** Lets go of the bytes below an offset. Returns how many. */
  release(to: number): number {
    const released = to - this.#releasedTo;
    if (released <= 0) return 0;
    this.#releasedTo = to;
    this.#lost.removeBelow(to);
    while (this.#first < this.#chunks.length && this.#endOfChunk(this.#first) <= to) {
      giveChunkBack((this.#chunks[this.#first] as Chunk).bytes);
      // The bytes go at once: 32 chunks of 512 KiB would be 16 MiB per stream.
      this.#chunks[this.#first++] = releasedChunk;
    }
    // Cutting the array only now and then keeps the cost per chunk constant.
    if (this.#first > 32 && this.#first * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#first);
      this.#first = 0;
    }
    return released;
  }

  /** Notes bytes that must be sent again. */
  markLost(from: number, to: number): void {
    const start = Math.max(from, this.#releasedTo);
    if (start < to) this.#lost.add(start, to);
  }

  /** The next bytes to send again, `maxBytes` at most. They no longer count as lost. */
  takeLost(maxBytes: number): { readonly offset: number; readonly length: number } | undefined {
    const range = this.#lost.first;
    if (range === undefined) return undefined;
    const to = Math.min(range.to, range.from + maxBytes);
    this.#lost.removeBelow(to);
    return { offset: range.from, length: to - range.from };
  }

  /** The next bytes never sent, up to `limit` and `maxBytes` at most; they count as sent from now on. */
  takeUnsent(
    limit: number,
    maxBytes: number,
  ): { readonly offset: number; readonly length: number } | undefined {
    const offset = this.#sentTo;
    const length = Math.min(this.#end, limit, offset + maxBytes) - offset;
    if (length <= 0) return undefined;
    this.#sentTo = offset + length;
    return { offset, length };
  }

  /** The bytes of a range, as they came, uncopied. */
  read(offset: number, length: number): Uint8Array[] {
    const parts: Uint8Array[] = [];
    const end = offset + length;
    for (let index = this.#indexOf(offset); index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index] as Chunk;
      if (chunk.offset >= end) break;
      const from = Math.max(0, offset - chunk.offset);
      const to = Math.min(chunk.bytes.length, end - chunk.offset);
      parts.push(from === 0 && to === chunk.bytes.length ? chunk.bytes : chunk.bytes.subarray(from, to));
    }
    return parts;
  }

  /** Forgets all bytes. Returns how many were kept. */
  clear(): number {
    const held = this.heldBytes;
    this.#chunks = [];
    this.#first = 0;
    this.#lost.removeBelow(this.#end);
    this.#releasedTo = this.#end;
    this.#sentTo = this.#end;
    return held;
  }

  #endOfChunk(index: number): number {
    const chunk = this.#chunks[index] as Chunk;
    return chunk.offset + chunk.bytes.length;
  }

  /** The chunk that holds an offset, by halving. */
  #indexOf(offset: number): number {
    let low = this.#first;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#endOfChunk(middle) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
