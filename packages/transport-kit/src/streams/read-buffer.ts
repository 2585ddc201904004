import type { Release } from "@x/core";
import { busyReadBytes, quietReads, quietTicks, runBytes, scratchBytes } from "../limits.js";
import { ownMemory, readsAhead } from "../platform.js";

/** Memory that a connection reads into, and how many views of it are with receivers. */
interface Slab {
  readonly bytes: Uint8Array;
  lent: number;
}

/** A read that completes a large frame also asks for the length word of the next one, so that this can be read whole too. */
const nextWordBytes = 4;

/**
 * Where a connection's bytes arrive, and those of them that are not yet parsed: `bytes` from `start` to `end`.
 *
 * A busy connection owns a slab and fills it read by read, so that frames can be handed on as views. When all views are
 * released it begins at the front again: bytes that are copied while the processor still has them near cost half. A slab
 * that is used up before is left to those who hold its views. A quiet connection reads into a scratch buffer that all quiet
 * ones share, and holds no memory.
 */
export class ReadBuffer {
  /** The buffer that is being filled. */
  bytes: Uint8Array;
  /** First byte not yet parsed. */
  start = 0;
  /** Behind the last byte that came. */
  end = 0;
  /** Whether views of `bytes` may be handed on; else it is the scratch buffer and changes at the next read. */
  owned = false;
  readonly #scratch: Uint8Array;
  readonly #slabBytes: number;
  /** What `bytes` belongs to; absent for the scratch buffer and chunks read elsewhere. */
  #slab: Slab | undefined;
  /** A used-up slab whose views were all released. */
  #spare: Slab | undefined;
  #smallReads = quietReads;
  #quietTicks = 0;

  constructor(scratch: Uint8Array, slabBytes: number) {
    this.#scratch = scratch;
    this.#slabBytes = slabBytes;
    this.bytes = scratch;
  }

  /** Bytes that came and are not yet parsed. */
  get rest(): number {
    return this.end - this.start;
  }

  /** Memory that is kept for bytes which are not yet parsed. */
  get heldBytes(): number {
    return this.rest > 0 && this.owned ? this.bytes.buffer.byteLength + (this.#spare?.bytes.length ?? 0) : 0;
  }

  get #busy(): boolean {
    return this.#smallReads < quietReads;
  }

  /** Where to read next. `need` is the length of the frame that begins at `start`, if known. */
  space(need: number): Uint8Array {
    if (this.rest === 0 && !this.#busy) return this.#useScratch();
    if (this.start > 0 && this.#slab?.lent === 0 && this.rest <= nextWordBytes) this.#moveToFront();
    const missing = need - this.rest;
    const least = this.#busy ? this.#leastRoom(need, missing) : 1;
    if (!this.owned || this.bytes.length - this.end < least) this.#useSlab(need, least);
    // A read that ends with a large frame leaves nothing to be moved when the memory is used again.
    return this.bytes.subarray(
      this.end,
      missing >= busyReadBytes ? this.end + missing + nextWordBytes : undefined,
    );
  }

  /** Lends a view of `bytes` to a receiver. Whoever drops what it returns leaves the slab to the garbage collector. */
  lend(): Release | undefined {
    const slab = this.#slab;
    if (slab === undefined) return undefined;
    slab.lent++;
    let isLent = true;
    return () => {
      if (isLent && --slab.lent === 0 && slab !== this.#slab) this.#spare = slab;
      isLent = false;
    };
  }

  /** Takes note of bytes that were read into `space`. */
  filled(count: number): void {
    this.end += count;
    this.#noteRead(count);
  }

  /** Takes a chunk that was read elsewhere and now belongs to this buffer. */
  append(chunk: Uint8Array, need: number): void {
    this.#noteRead(chunk.length);
    if (this.rest === 0) {
      this.#slab = undefined;
      this.bytes = chunk;
      this.start = 0;
      this.end = chunk.length;
      this.owned = true;
      return;
    }
    if (!this.owned || this.bytes.length - this.end < chunk.length) this.#useSlab(need, chunk.length);
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** Moves what is left out of the scratch buffer, so that others may read into it. */
  keep(): void {
    if (!this.owned && this.rest > 0) this.#useSlab(0, 1);
  }

  /** Called every tick: a connection that had nothing large to read for a while gives its slab back at the next read. */
  tick(): void {
    if (this.#quietTicks++ < quietTicks) return;
    this.#smallReads = quietReads;
    this.#spare = undefined;
  }

  /** Forgets what was not parsed. */
  discard(): void {
    this.start = this.end;
  }

  /** A frame that a slab can hold is read where it fits whole: what came of it would have to be copied later, and be more. */
  #leastRoom(need: number, missing: number): number {
    const room = Math.max(missing, busyReadBytes);
    return need <= this.#slabBytes ? room : Math.min(room, this.#slabBytes / 4);
  }

  #noteRead(count: number): void {
    if (count < busyReadBytes) {
      this.#smallReads = Math.min(this.#smallReads + 1, quietReads);
      return;
    }
    this.#smallReads = 0;
    this.#quietTicks = 0;
  }

  #moveToFront(): void {
    this.bytes.copyWithin(0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
  }

  #useScratch(): Uint8Array {
    this.#slab = undefined;
    this.bytes = this.#scratch;
    this.start = 0;
    this.end = 0;
    this.owned = false;
    return this.bytes;
  }

  #useSlab(need: number, room: number): void {
    const rest = this.rest;
    // Grows with the bytes that came and not with the length that was announced, which may be a lie.
    const size = Math.max(this.#busy ? this.#slabBytes : runBytes, Math.min(need, 4 * rest), rest + room);
    const slab = this.#takeSpare(size) ?? { bytes: ownMemory(size), lent: 0 };
    slab.bytes.set(this.bytes.subarray(this.start, this.end));
    if (this.#slab?.lent === 0) this.#spare = this.#slab;
    this.#slab = slab;
    this.bytes = slab.bytes;
    this.start = 0;
    this.end = rest;
    this.owned = true;
  }

  #takeSpare(bytes: number): Slab | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare !== undefined && spare.bytes.length >= bytes ? spare : undefined;
  }
}

let sharedScratch: Uint8Array | undefined;

/** The scratch buffer for one connection. */
export function newScratch(): Uint8Array {
  // On POSIX a read and its callback are one step, so connections can share. Windows may read ahead in the background.
  if (readsAhead) return ownMemory(runBytes);
  sharedScratch ??= ownMemory(scratchBytes);
  return sharedScratch;
}
