import { type ConnectionHandlers, type CulvertError, Fifo, pinnedBytes } from "@x/core";
import { frameOverheadBytes } from "../limits.js";

/** What a `FrameQueue` tells its connection. */
export interface FrameQueueEvents {
  /** The receiver became busy, or free again. */
  readonly onBusy: (busy: boolean) => void;
  /** The receiver's `onFrame` threw or rejected: close the connection with INTERNAL. */
  readonly onFault: (cause: unknown) => void;
}

/**
 * Stands between a wire that calls back and the receiver: holds frames until `open` and while the receiver is busy, one at a
 * time and in order, and calls `onClose` once, after the last frame. Its owner bounds it by `bytes`.
 */
export class FrameQueue {
  readonly #events: FrameQueueEvents;
  readonly #frames = new Fifo<Uint8Array>();
  #bytes = 0;
  #handlers: ConnectionHandlers | undefined;
  #busy = false;
  #discarding = false;
  #end: { readonly reason: CulvertError | undefined } | undefined;

  constructor(events: FrameQueueEvents) {
    this.#events = events;
  }

  /** Memory of the frames that wait, with something for each. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Begins delivery, on the next turn. */
  open(handlers: ConnectionHandlers): void {
    queueMicrotask(() => {
      this.#handlers = handlers;
      this.#run();
      if (!this.#busy) this.#events.onBusy(false);
    });
  }

  /** Adds a frame. */
  push(frame: Uint8Array): void {
    if (this.#discarding || this.#end !== undefined) return;
    this.#frames.push(frame);
    this.#bytes += heldBytes(frame);
    this.#run();
  }

  /** Drops what is held and whatever comes: nobody wants it any more. */
  discard(): void {
    this.#discarding = true;
    this.#frames.clear();
    this.#bytes = 0;
    this.#run();
  }

  /** Says that no frame follows. */
  end(reason: CulvertError | undefined): void {
    this.#end ??= { reason };
    if (reason !== undefined) this.discard();
    this.#run();
  }

  #run(): void {
    while (!this.#busy && this.#handlers !== undefined) {
      const frame = this.#frames.shift();
      if (frame === undefined) break;
      this.#bytes -= heldBytes(frame);
      this.#hand(this.#handlers, frame);
    }
    if (this.#handlers === undefined || this.#end === undefined || this.#frames.length > 0) return;
    const { onClose } = this.#handlers;
    this.#handlers = undefined;
    onClose(this.#end.reason);
  }

  #hand(handlers: ConnectionHandlers, frame: Uint8Array): void {
    try {
      const handled = handlers.onFrame(frame);
      if (handled === undefined) return;
      this.#busy = true;
      this.#events.onBusy(true);
      handled.then(() => this.#goOn(), this.#events.onFault);
    } catch (cause) {
      this.#events.onFault(cause);
    }
  }

  #goOn(): void {
    this.#busy = false;
    this.#run();
    if (!this.#busy) this.#events.onBusy(false);
  }
}

function heldBytes(frame: Uint8Array): number {
  return pinnedBytes(frame) + frameOverheadBytes;
}
