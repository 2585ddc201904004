import type { Release } from "@x/core";
import { maxJoinedBytes } from "../limits.js";
import type { Pages } from "../resources/pages.js";
import { ByteRanges } from "./byte-ranges.js";
import { HeldChunk } from "./held-chunk.js";

/** Bytes of a stream to put on the wire, and what to call when the wire needs them no more. */
export interface LentBytes {
  readonly parts: readonly Uint8Array[];
  /** Absent when the bytes are in nobody's pool. */
  readonly release: Release | undefined;
}

/** The bytes of one direction from when the local end gave them until the other end has them. */
export class SendBuffer {
  /** Lowest first, without gaps; those before `#first` are released. */
  #chunks: (HeldChunk | undefined)[] = [];
  #first = 0;
  #releasedTo = 0;
  #end = 0;
  #sentTo = 0;
  readonly #lost: ByteRanges = new ByteRanges();
  readonly #pages: Pages;

  /** @param pages memory for little copies */
  constructor(pages: Pages) {
    this.#pages = pages;
  }

  /** All bytes below this offset arrived at the other end. */
  get releasedTo(): number {
    return this.#releasedTo;
  }

  /** Where the next byte of the local end goes. */
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

  /**
   * Adds bytes of the local end, which must not change until `release` is called: when the other end has them, and nobody has
   * them lent any more.
   */
  append(bytes: Uint8Array, release?: Release): void {
    if (bytes.length === 0) {
      release?.();
      return;
    }
    this.#push(new HeldChunk(this.#end, bytes, bytes.length, release));
  }

  /** Adds a copy of bytes. Small ones are joined, so that what is kept is about what they are. */
  appendCopy(bytes: Uint8Array): void {
    let from = 0;
    const last = this.#chunks.length > this.#first ? this.#chunks.at(-1) : undefined;
    if (last !== undefined) {
      from = last.fill(bytes);
      this.#end += from;
    }
    if (from === bytes.length) return;
    const rest = bytes.length - from;
    // Room for as much again as waits already keeps the number of chunks low, and the room at half of what is held.
    const room = Math.max(rest, Math.min(maxJoinedBytes, this.heldBytes));
    const memory = this.#pages.take(room);
    memory.set(from === 0 ? bytes : bytes.subarray(from));
    this.#push(new HeldChunk(this.#end, memory, rest));
  }

  /** Lets go of the bytes below an offset. Returns how many. */
  release(to: number): number {
    const released = to - this.#releasedTo;
    if (released <= 0) return 0;
    this.#releasedTo = to;
    this.#lost.removeBelow(to);
    while (this.#first < this.#chunks.length && this.#at(this.#first).end <= to) {
      this.#at(this.#first).drop();
      // The bytes go at once: 32 chunks of 512 KiB would be 16 MiB per stream.
      this.#chunks[this.#first++] = undefined;
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

  /** Lends the bytes of a range behind `head`, as they came, uncopied. */
  lend(head: Uint8Array, offset: number, length: number): LentBytes {
    const parts: Uint8Array[] = [head];
    let lenders: HeldChunk[] | undefined;
    const end = offset + length;
    for (let index = this.#indexOf(offset); index < this.#chunks.length; index++) {
      const chunk = this.#at(index);
      if (chunk.offset >= end) break;
      parts.push(chunk.part(offset, end));
      if (chunk.isPooled) {
        lenders ??= [];
        lenders.push(chunk);
      }
    }
    return { parts, release: lenders && lendOf(lenders) };
  }

  /** Forgets all bytes. */
  clear(): void {
    for (const chunk of this.#chunks) chunk?.drop();
    this.#chunks = [];
    this.#first = 0;
    this.#lost.removeBelow(this.#end);
    this.#releasedTo = this.#end;
    this.#sentTo = this.#end;
  }

  #push(chunk: HeldChunk): void {
    this.#chunks.push(chunk);
    this.#end = chunk.end;
  }

  #at(index: number): HeldChunk {
    return this.#chunks[index] as HeldChunk;
  }

  /** The chunk that holds an offset, by halving. */
  #indexOf(offset: number): number {
    let low = this.#first;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#at(middle).end <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** One message that has bytes of some chunks: what it calls when it needs them no more. */
function lendOf(chunks: readonly HeldChunk[]): Release {
  for (const chunk of chunks) chunk.lent();
  let isReturned = false;
  return () => {
    if (isReturned) return;
    isReturned = true;
    for (const chunk of chunks) chunk.returned();
  };
}
