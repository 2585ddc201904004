import { CulvertError, checkFrame, type Deferred, deferred, type Release } from "@x/core";
import type { BudgetShare } from "../bounds/fair-budget.js";
import { batchBytes, firstBatchBytes, flushBytes, smallFrameBytes } from "../limits.js";
import { atEndOfTurn, ownMemory } from "../platform.js";
import type { ByteStream } from "./byte-stream.js";
import { HeldBuffers } from "./held-buffers.js";
import { writeWord } from "./word.js";

/** What bounds a writer's queue, in bytes. */
export interface WriteLimits {
  readonly maxFrameBytes: number;
  readonly softQueueBytes: number;
  readonly hardQueueBytes: number;
}

/**
 * Puts frames on a stream. Small frames are copied together and large ones stay as they are; what is sent within one
 * turn of the event loop leaves in one system call.
 */
export class FrameWriter {
  /** Set whenever bytes were written; whoever keeps the connection alive clears it. */
  wrote = false;
  readonly #stream: ByteStream;
  readonly #limits: WriteLimits;
  /** What is queued, as part of what all connections hold. */
  readonly #unsent: BudgetShare;
  #batch: Uint8Array | undefined;
  #from = 0;
  #to = 0;
  #parts: Uint8Array[] = [];
  #releases: Release[] = [];
  /** What was sent since the last flush. */
  #unflushedBytes = 0;
  /** What the parts that the system has not taken are views of. */
  readonly #held = new HeldBuffers();
  readonly #softestBytes: number;
  #flushing = false;
  #room: Deferred<void> | undefined;

  constructor(stream: ByteStream, limits: WriteLimits, unsent: BudgetShare) {
    this.#stream = stream;
    this.#limits = limits;
    this.#unsent = unsent;
    this.#softestBytes = Math.min(limits.softQueueBytes, limits.hardQueueBytes / 2);
  }

  /** Bytes that the system has not taken yet, or the memory that they keep alive if that is more. */
  get queuedBytes(): number {
    return Math.max(this.#waitingBytes, this.#held.bytes);
  }

  /** Whether the system has taken everything. */
  get isEmpty(): boolean {
    return this.#waitingBytes === 0;
  }

  get #waitingBytes(): number {
    return this.#unflushedBytes + this.#stream.waitingBytes;
  }

  /**
   * Accepts a frame. Returns a promise while more is queued than the soft bound.
   *
   * @param release called when the system has the bytes, or a copy of them was made
   * @throws CulvertError FRAME_TOO_LARGE, FRAME_INVALID, CONNECTION_BUSY
   */
  send(parts: readonly Uint8Array[], release?: Release): Promise<void> | undefined {
    const { maxFrameBytes, hardQueueBytes } = this.#limits;
    const bytes = checkFrame(parts, maxFrameBytes);
    const queued = this.queuedBytes;
    if (queued >= hardQueueBytes) throw busy(queued, hardQueueBytes);
    if (queued > 0 && this.#unsent.isSpent) throw tooMuchUnsent(queued);
    this.#add(parts, bytes);
    if (release !== undefined) this.#noteRelease(release, bytes);
    this.#unflushedBytes += bytes + 4;
    if (this.#unflushedBytes >= flushBytes) this.flush();
    else this.#flushSoon();
    // Mostly far below, which is cheaper to see.
    if (Math.max(queued + bytes + 4, this.#held.bytes) <= this.#softestBytes) return undefined;
    return this.#isAbove(1) ? this.#waitForRoom() : undefined;
  }

  /** Writes a control frame, behind what was sent before. */
  sendControl(frame: Uint8Array): void {
    this.#cut();
    this.#push(frame);
    this.#unflushedBytes += frame.length;
    this.flush();
  }

  /** Hands everything to the system. */
  flush(): void {
    this.#cut();
    const parts = this.#parts;
    if (parts.length === 0) return;
    const releases = this.#releases;
    this.#parts = [];
    this.#releases = [];
    this.#unflushedBytes = 0;
    this.wrote = true;
    this.#stream.write(parts, () => {
      this.#letGo(parts, releases);
      this.#onWritten();
    });
    // Mostly the system takes all at once; the stream tells so a turn later, when the next bytes are being read already.
    if (this.#stream.waitingBytes === 0) this.#letGo(parts, releases);
    this.#unsent.set(this.queuedBytes);
  }

  /** Lets go of the buffer for small frames, for a connection that is idle. */
  trim(): void {
    if (this.#from === this.#to) this.#batch = undefined;
  }

  /** Lets everybody go on who waits for room, and drops what was not written. */
  drop(): void {
    this.#parts = [];
    this.#releases = [];
    this.#unflushedBytes = 0;
    this.#held.clear();
    this.#unsent.leave();
    this.#batch = undefined;
    this.#from = this.#to = 0;
    this.#room?.resolve();
    this.#room = undefined;
  }

  #noteRelease(release: Release, bytes: number): void {
    if (bytes < smallFrameBytes) release();
    else this.#releases.push(release);
  }

  #letGo(parts: Uint8Array[], releases: Release[]): void {
    this.#held.remove(parts);
    parts.length = 0;
    for (const release of releases) release();
    releases.length = 0;
  }

  #add(parts: readonly Uint8Array[], bytes: number): void {
    const small = bytes < smallFrameBytes;
    const batch = this.#reserve(small ? bytes + 4 : 4);
    let at = writeWord(batch, this.#to, bytes);
    if (small) {
      for (const part of parts) {
        batch.set(part, at);
        at += part.length;
      }
    }
    this.#to = at;
    if (small) return;
    this.#cut();
    for (const part of parts) if (part.length > 0) this.#push(part);
  }

  #reserve(bytes: number): Uint8Array {
    if (this.#batch !== undefined && this.#batch.length - this.#to >= bytes) return this.#batch;
    this.#cut();
    // A second buffer within one turn says that there is much to send.
    this.#batch = ownMemory(this.#unflushedBytes > 0 ? batchBytes : firstBatchBytes);
    this.#from = this.#to = 0;
    return this.#batch;
  }

  /** Ends the piece of the batch that is being filled. */
  #cut(): void {
    if (this.#batch === undefined || this.#from === this.#to) return;
    this.#push(this.#batch.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }

  #push(part: Uint8Array): void {
    this.#parts.push(part);
    this.#held.add(part);
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    atEndOfTurn(this.#onFlush);
  }

  readonly #onFlush = (): void => {
    this.#flushing = false;
    if (!this.#stream.isClosed) this.flush();
  };

  readonly #onWritten = (): void => {
    this.#unsent.set(this.#stream.isClosed ? 0 : this.queuedBytes);
    if (this.#room === undefined || this.#isAbove(0.5)) return;
    const { resolve } = this.#room;
    this.#room = undefined;
    resolve();
  };

  /**
   * Whether senders have to wait, at `share` of the bounds for that. Memory has half the hard bound: several frames of one
   * read buffer keep it alive to the last, and to wait for that each time would let a fast path run dry.
   */
  #isAbove(share: number): boolean {
    const { softQueueBytes, hardQueueBytes } = this.#limits;
    return this.#waitingBytes > softQueueBytes * share || this.#held.bytes > (hardQueueBytes / 2) * share;
  }

  #waitForRoom(): Promise<void> {
    this.#room ??= deferred();
    return this.#room.promise;
  }
}

function busy(queued: number, limit: number): CulvertError {
  return new CulvertError(
    "CONNECTION_BUSY",
    `Cannot send frame: ${queued} bytes are queued, limit is ${limit} bytes`,
  );
}

function tooMuchUnsent(queued: number): CulvertError {
  return new CulvertError(
    "CONNECTION_BUSY",
    `Cannot send frame: ${queued} bytes are queued, and the memory for all connections goes to those that hold less`,
  );
}
