import { type ConnectionHandlers, CulvertError, Fifo, ownBytes, pinnedBytes } from "@x/core";
import type { BudgetShare, FairBudget } from "@x/transport-kit";
import { datagramOverheadBytes, maxInboxBytes, maxInboxFrames } from "../limits.js";

/** What an inbox tells, and shares with those of other connections. */
export interface InboxOptions {
  /** Memory of the frames of all peers that are incomplete or wait. */
  readonly budget: FairBudget;
  /** The host of the peer. */
  readonly source: string;
  /** The receiver failed. */
  readonly onFail: (error: CulvertError) => void;
  /** Told of each frame that is lost. */
  readonly onLoss: () => void;
}

/**
 * Frames on their way to a connection's receiver. While the receiver is busy some wait; what exceeds the bounds is lost, and so
 * are the oldest of a peer that holds most where all of them hold too much.
 */
export class Inbox {
  readonly #onFail: (error: CulvertError) => void;
  readonly #onLoss: () => void;
  readonly #share: BudgetShare;
  readonly #waiting = new Fifo<Uint8Array>();
  #onFrame: ConnectionHandlers["onFrame"] | undefined;
  #waitingBytes = 0;
  #busy = false;

  constructor({ budget, source, onFail, onLoss }: InboxOptions) {
    this.#onFail = onFail;
    this.#onLoss = onLoss;
    this.#share = budget.join(source, { giveUp: () => this.#dropOldest() });
  }

  /** Begins to deliver. */
  start(onFrame: ConnectionHandlers["onFrame"]): void {
    this.#onFrame = onFrame;
    this.#goOn();
  }

  /** Delivers nothing more. */
  stop(): void {
    this.#onFrame = undefined;
    this.#busy = true;
    this.#waiting.clear();
    this.#waitingBytes = 0;
    this.#share.leave();
  }

  add(frame: Buffer): void {
    if (this.#onFrame !== undefined && !this.#busy) this.#deliver(frame, this.#onFrame);
    else this.#hold(ownBytes(frame));
  }

  #hold(frame: Uint8Array): void {
    const bytes = heldBytes(frame);
    if (this.#waiting.length >= maxInboxFrames || this.#waitingBytes + bytes > maxInboxBytes) {
      this.#onLoss();
      return;
    }
    this.#waiting.push(frame);
    this.#count(bytes);
  }

  #dropOldest(): boolean {
    if (this.#take() === undefined) return false;
    this.#onLoss();
    return true;
  }

  #take(): Uint8Array | undefined {
    const frame = this.#waiting.shift();
    if (frame !== undefined) this.#count(-heldBytes(frame));
    return frame;
  }

  #count(bytes: number): void {
    this.#waitingBytes += bytes;
    this.#share.set(this.#waitingBytes);
  }

  #deliver(frame: Uint8Array, onFrame: ConnectionHandlers["onFrame"]): void {
    let room: Promise<void> | undefined;
    try {
      room = onFrame(frame);
    } catch (error) {
      this.#fail(error);
    }
    if (room === undefined) return;
    this.#busy = true;
    room.then(
      () => this.#goOn(),
      (error: unknown) => this.#fail(error),
    );
  }

  #goOn(): void {
    this.#busy = false;
    while (!this.#busy && this.#onFrame !== undefined) {
      const frame = this.#take();
      if (frame === undefined) return;
      this.#deliver(frame, this.#onFrame);
    }
  }

  #fail(cause: unknown): void {
    if (this.#onFrame === undefined) return;
    this.stop();
    this.#onFail(new CulvertError("INTERNAL", "Cannot deliver frame: its receiver failed", { cause }));
  }
}

function heldBytes(frame: Uint8Array): number {
  return pinnedBytes(frame) + datagramOverheadBytes;
}
