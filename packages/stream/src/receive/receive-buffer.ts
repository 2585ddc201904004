import { ownBytes, type Release } from "@x/core";
import { freeEarlyPieces, maxJoinedBytes, minEarlyPieceBytes } from "../limits.js";

/** Bytes in their order, for the local end. */
export interface OrderedBytes {
  readonly bytes: Uint8Array;
  /** Call it when nobody needs the bytes any more. */
  readonly release?: Release | undefined;
}

interface EarlyPiece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const endOf = (piece: EarlyPiece): number => piece.offset + piece.bytes.length;

/** Puts bytes back into order: pieces come in any order, twice and overlapping; they leave once and in order. */
export class ReceiveBuffer {
  #receivedTo = 0;
  readonly #ready: OrderedBytes[] = [];
  /** How many of those that are ready are kept in memory that is about as large as they are. */
  #kept = 0;
  /** Memory of the last of these, with room behind its bytes. */
  #room: Uint8Array | undefined;
  /** Pieces behind a gap, lowest first; they do not overlap. */
  #early: EarlyPiece[] = [];
  #earlyBytes = 0;

  /** All bytes below this offset arrived. */
  get receivedTo(): number {
    return this.#receivedTo;
  }

  /** The highest offset that arrived, gaps or not. */
  get highest(): number {
    const last = this.#early.at(-1);
    return last === undefined ? this.#receivedTo : endOf(last);
  }

  /** Takes a piece in. Returns false when it was dropped because too many tiny pieces wait already. */
  insert(offset: number, bytes: Uint8Array, release?: Release): boolean {
    if (offset <= this.#receivedTo) {
      this.#append(offset, bytes, release);
      this.#appendEarly();
      return true;
    }
    const isTooFine =
      this.#early.length >= freeEarlyPieces && this.#earlyBytes < this.#early.length * minEarlyPieceBytes;
    if (isTooFine) return false;
    this.#insertEarly(offset, bytes);
    return true;
  }

  /** The next bytes in order; nothing when there are none now. They belong to the caller. */
  take(): OrderedBytes | undefined {
    const next = this.#ready.shift();
    if (this.#kept > 0 && --this.#kept === 0) this.#room = undefined;
    return next;
  }

  /**
   * What is ready waits for a reader that is slow: keeps it in little more memory than it has bytes. A small piece of a large
   * buffer is copied, and small pieces are joined.
   */
  keep(): void {
    while (this.#kept < this.#ready.length) {
      const piece = this.#ready[this.#kept] as OrderedBytes;
      if (this.#kept > 0 && this.#join(piece)) this.#ready.splice(this.#kept, 1);
      else {
        this.#room = undefined;
        const bytes = ownBytes(piece.bytes);
        if (bytes !== piece.bytes) {
          this.#ready[this.#kept] = { bytes };
          piece.release?.();
        }
        this.#kept++;
      }
    }
  }

  /** Forgets all bytes. */
  clear(): void {
    for (const { release } of this.#ready) release?.();
    this.#ready.length = 0;
    this.#kept = 0;
    this.#room = undefined;
    this.#early = [];
    this.#earlyBytes = 0;
  }

  /** Joins a piece to the last one that is kept, if both are small. */
  #join({ bytes, release }: OrderedBytes): boolean {
    const last = this.#ready[this.#kept - 1] as OrderedBytes;
    const from = last.bytes.length;
    const length = from + bytes.length;
    if (length > maxJoinedBytes) return false;
    if (this.#room === undefined || this.#room.length < length) {
      const room = new Uint8Array(Math.min(maxJoinedBytes, 2 * length));
      room.set(last.bytes);
      last.release?.();
      this.#room = room;
    }
    this.#room.set(bytes, from);
    this.#ready[this.#kept - 1] = { bytes: this.#room.subarray(0, length) };
    release?.();
    return true;
  }

  #append(offset: number, bytes: Uint8Array, release?: Release): void {
    const known = this.#receivedTo - offset;
    if (known >= bytes.length) {
      release?.();
      return;
    }
    this.#ready.push({ bytes: known === 0 ? bytes : bytes.subarray(known), release });
    this.#receivedTo = offset + bytes.length;
  }

  #appendEarly(): void {
    let used = 0;
    for (const piece of this.#early) {
      if (piece.offset > this.#receivedTo) break;
      this.#append(piece.offset, piece.bytes);
      this.#earlyBytes -= piece.bytes.length;
      used++;
    }
    if (used > 0) this.#early.splice(0, used);
  }

  #insertEarly(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    let first = this.#early.length;
    while (first > 0 && endOf(this.#early[first - 1] as EarlyPiece) > offset) first--;
    const added: EarlyPiece[] = [];
    let cursor = offset;
    let after = first;
    for (; after < this.#early.length; after++) {
      const piece = this.#early[after] as EarlyPiece;
      if (piece.offset >= end) break;
      if (piece.offset > cursor) added.push(cut(offset, bytes, cursor, piece.offset));
      added.push(piece);
      cursor = Math.max(cursor, endOf(piece));
    }
    if (cursor < end) added.push(cut(offset, bytes, cursor, end));
    const before = sumBytes(this.#early, first, after);
    this.#early.splice(first, after - first, ...added);
    this.#earlyBytes += sumBytes(added, 0, added.length) - before;
  }
}

/** A piece that waits must not keep a larger frame alive. */
function cut(offset: number, bytes: Uint8Array, from: number, to: number): EarlyPiece {
  return { offset: from, bytes: ownBytes(bytes.subarray(from - offset, to - offset)) };
}

function sumBytes(pieces: readonly EarlyPiece[], from: number, to: number): number {
  let sum = 0;
  for (let index = from; index < to; index++) sum += (pieces[index] as EarlyPiece).bytes.length;
  return sum;
}
