import { type ConnectionHandlers, CulvertError, ownBytes, pinnedBytes } from "@x/core";
import { datagramOverheadBytes, maxInboxBytes, maxInboxFrames } from "../limits.js";

/** Frames on their way to a connection's receiver. While the receiver is busy some wait; what exceeds the bounds is lost. */
export class Inbox {
  readonly #onFail: (error: CulvertError) => void;
  readonly #onLoss: () => void;
  #onFrame: ConnectionHandlers["onFrame"] | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #busy = false;

  constructor(on: { readonly fail: (error: CulvertError) => void; readonly loss: () => void }) {
    this.#onFail = on.fail;
    this.#onLoss = on.loss;
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
    this.#waiting = [];
    this.#waitingBytes = 0;
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
    this.#waitingBytes += bytes;
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
    if (this.#onFrame === undefined) return;
    this.#busy = false;
    const frames = this.#waiting;
    let next = 0;
    while (next < frames.length && !this.#busy && this.#onFrame !== undefined) {
      const frame = frames[next++] as Uint8Array;
      this.#waitingBytes -= heldBytes(frame);
      this.#deliver(frame, this.#onFrame);
    }
    if (this.#waiting === frames) this.#waiting = frames.slice(next);
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
