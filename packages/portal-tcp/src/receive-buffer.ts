import { ownBytes, type Release } from "@x/core";
import { freeEarlyPieces, minEarlyPieceBytes } from "./limits.js";

/** Bytes in their order, for the local socket. */
export interface OrderedBytes {
  readonly bytes: Uint8Array;
  /** Call it when nobody needs the bytes any more. */
  readonly release?: Release | undefined;
}

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const endOf = (piece: Piece): number => piece.offset + piece.bytes.length;

/** Puts bytes back into order: pieces come in any order, twice and overlapping; they leave once and in order. */
export class ReceiveBuffer {
  #receivedTo = 0;
  readonly #ready: OrderedBytes[] = [];
  /** Pieces behind a gap, lowest first; they do not overlap. */
  #early: Piece[] = [];
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
    return this.#ready.shift();
  }

  /** Forgets all bytes. */
  clear(): void {
    this.#ready.length = 0;
    this.#early = [];
    this.#earlyBytes = 0;
  }

  #append(offset: number, bytes: Uint8Array, release?: Release): void {
    const known = this.#receivedTo - offset;
    if (known >= bytes.length) return;
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
    while (first > 0 && endOf(this.#early[first - 1] as Piece) > offset) first--;
    const added: Piece[] = [];
    let cursor = offset;
    let after = first;
    for (; after < this.#early.length; after++) {
      const piece = this.#early[after] as Piece;
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
function cut(offset: number, bytes: Uint8Array, from: number, to: number): Piece {
  return { offset: from, bytes: ownBytes(bytes.subarray(from - offset, to - offset)) };
}

function sumBytes(pieces: readonly Piece[], from: number, to: number): number {
  let sum = 0;
  for (let index = from; index < to; index++) sum += (pieces[index] as Piece).bytes.length;
  return sum;
}
