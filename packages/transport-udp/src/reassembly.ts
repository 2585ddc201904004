import { ownBytes, pinnedBytes } from "@x/core";
import {
  datagramOverheadBytes,
  maxPartialBytes,
  maxPartialFrames,
  maxSharedPartialBytes,
  minDatagramBytes,
  reassemblyTimeoutMs,
} from "./limits.js";
import { fragmentHeaderBytes, fragmentSize } from "./split-frame.js";

/** Bytes in incomplete frames, over all peers that share it. */
export class PartialBudget {
  usedBytes = 0;
  readonly maxBytes: number;

  constructor(maxBytes: number = maxSharedPartialBytes) {
    this.maxBytes = maxBytes;
  }
}

/** What a reassembly gave up or could not read; the sum over a transport's life. */
export interface ReassemblyCounters {
  malformed: number;
  incomplete: number;
}

interface PartialFrame {
  readonly frameBytes: number;
  readonly pieces: (Uint8Array | undefined)[];
  readonly since: number;
  missing: number;
  heldBytes: number;
}

/** Puts the fragments of one peer's frames together, in whatever order they come. Holds what came, never what was announced. */
export class Reassembly {
  readonly #partial = new Map<number, PartialFrame>();
  readonly #maxFrameBytes: number;
  readonly #budget: PartialBudget;
  readonly #counters: ReassemblyCounters;
  readonly #now: () => number;
  #heldBytes = 0;

  constructor(
    maxFrameBytes: number,
    shared: { readonly budget: PartialBudget; readonly counters: ReassemblyCounters },
    now: () => number = () => performance.now(),
  ) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#budget = shared.budget;
    this.#counters = shared.counters;
    this.#now = now;
  }

  /** Takes the body of a fragment. Returns the frame that it completes, if any. Never throws. */
  add(body: Buffer): Buffer | undefined {
    const fragment = this.#decode(body);
    if (fragment === undefined) {
      this.#counters.malformed++;
      return undefined;
    }
    const { number, index, count, frameBytes, piece } = fragment;
    const partial = this.#partial.get(number) ?? this.#begin(number, count, frameBytes);
    if (partial.pieces.length !== count || partial.frameBytes !== frameBytes) {
      this.#counters.malformed++;
      return undefined;
    }
    if (partial.pieces[index] !== undefined) return undefined;
    partial.missing--;
    if (partial.missing === 0) {
      partial.pieces[index] = piece;
      this.#drop(number, partial);
      return Buffer.concat(partial.pieces as Uint8Array[], frameBytes);
    }
    const own = ownBytes(piece);
    partial.pieces[index] = own;
    this.#hold(partial, pinnedBytes(own) + datagramOverheadBytes);
    this.#makeRoom();
    return undefined;
  }

  /** Gives up frames that are incomplete for too long. */
  expire(): void {
    const oldest = this.#now() - reassemblyTimeoutMs;
    for (const [number, partial] of this.#partial) {
      if (partial.since > oldest) return;
      this.#giveUp(number, partial);
    }
  }

  /** Gives up everything. */
  clear(): void {
    for (const [number, partial] of this.#partial) this.#drop(number, partial);
  }

  #decode(
    body: Buffer,
  ): { number: number; index: number; count: number; frameBytes: number; piece: Buffer } | undefined {
    if (body.length <= fragmentHeaderBytes) return undefined;
    const frameBytes = body.readUInt32BE(4);
    const index = body.readUInt16BE(8);
    const count = body.readUInt16BE(10);
    if (frameBytes > this.#maxFrameBytes || count < 2 || index >= count) return undefined;
    // More fragments than any sender makes would cost more memory than they carry.
    if (count > Math.ceil(frameBytes / minDatagramBytes)) return undefined;
    const size = fragmentSize(frameBytes, count);
    const piece = body.subarray(fragmentHeaderBytes);
    if (piece.length !== Math.min(size, frameBytes - index * size)) return undefined;
    return { number: body.readUInt32BE(0), index, count, frameBytes, piece };
  }

  #begin(number: number, count: number, frameBytes: number): PartialFrame {
    const pieces = new Array<Uint8Array | undefined>(count).fill(undefined);
    const partial: PartialFrame = { frameBytes, pieces, since: this.#now(), missing: count, heldBytes: 0 };
    this.#partial.set(number, partial);
    this.#hold(partial, count * 8);
    return partial;
  }

  #hold(partial: PartialFrame, bytes: number): void {
    partial.heldBytes += bytes;
    this.#heldBytes += bytes;
    this.#budget.usedBytes += bytes;
  }

  #makeRoom(): void {
    for (const [number, partial] of this.#partial) {
      const isFull = this.#heldBytes > maxPartialBytes || this.#partial.size > maxPartialFrames;
      if (!isFull && this.#budget.usedBytes <= this.#budget.maxBytes) return;
      this.#giveUp(number, partial);
    }
  }

  #giveUp(number: number, partial: PartialFrame): void {
    this.#counters.incomplete++;
    this.#drop(number, partial);
  }

  #drop(number: number, partial: PartialFrame): void {
    this.#partial.delete(number);
    this.#heldBytes -= partial.heldBytes;
    this.#budget.usedBytes -= partial.heldBytes;
  }
}
