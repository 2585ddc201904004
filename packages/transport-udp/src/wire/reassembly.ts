import { ownBytes, pinnedBytes } from "@x/core";
import type { BudgetShare, FairBudget } from "@x/transport-kit";
import {
  datagramOverheadBytes,
  maxPartialBytes,
  maxPartialFrames,
  minDatagramBytes,
  reassemblyTimeoutMs,
} from "../limits.js";
import { fragmentHeaderBytes, fragmentSize } from "./split-frame.js";

/** What a reassembly gave up or could not read; the sum over a transport's life. */
export interface ReassemblyCounters {
  malformed: number;
  incomplete: number;
}

/** What all reassemblies of a transport share. */
export interface ReassemblyShares {
  /** Memory of the frames of all peers that are incomplete or wait. */
  readonly budget: FairBudget;
  /** The host of this peer. */
  readonly source: string;
  readonly counters: ReassemblyCounters;
}

/** Memory of the place for one fragment, in bytes. */
const pieceSlotBytes = 8;

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
  readonly #share: BudgetShare;
  readonly #counters: ReassemblyCounters;
  readonly #now: () => number;
  #heldBytes = 0;

  constructor(maxFrameBytes: number, shared: ReassemblyShares, now: () => number = () => performance.now()) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#share = shared.budget.join(shared.source, { giveUp: () => this.#giveUpOldest() });
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
    // The shared budget may have no room even for its beginning.
    if (!this.#partial.has(number)) return undefined;
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

  /** Gives up everything, for good. */
  clear(): void {
    this.#partial.clear();
    this.#heldBytes = 0;
    this.#share.leave();
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
    this.#hold(partial, count * pieceSlotBytes);
    return partial;
  }

  #hold(partial: PartialFrame, bytes: number): void {
    partial.heldBytes += bytes;
    this.#heldBytes += bytes;
    this.#share.set(this.#heldBytes);
  }

  #makeRoom(): void {
    while (this.#heldBytes > maxPartialBytes || this.#partial.size > maxPartialFrames) this.#giveUpOldest();
  }

  #giveUpOldest(): boolean {
    for (const [number, partial] of this.#partial) {
      this.#giveUp(number, partial);
      return true;
    }
    return false;
  }

  #giveUp(number: number, partial: PartialFrame): void {
    this.#counters.incomplete++;
    this.#drop(number, partial);
  }

  #drop(number: number, partial: PartialFrame): void {
    this.#partial.delete(number);
    this.#heldBytes -= partial.heldBytes;
    this.#share.set(this.#heldBytes);
  }
}
