import type { ConnectionHandlers, CulvertError } from "@x/core";

/** What a `FrameQueue` tells the wire. */
export interface FrameQueueEvents {
  /** The receiver became busy: stop reading, or free again: go on. */
  readonly onBusy: (busy: boolean) => void;
  /** The receiver's `onFrame` threw or rejected: close the connection with INTERNAL. */
  readonly onFault: (cause: unknown) => void;
}

/**
 * Stands between a wire that calls back and the receiver: holds frames until `open` and while the receiver is busy, one at a
 * time and in order, and calls `onClose` once, after the last frame.
 */
export class FrameQueue {
  readonly #events: FrameQueueEvents;
  #handlers: ConnectionHandlers | undefined;
  #frames: Uint8Array[] = [];
  #busy = false;
  #discarding = false;
  #end: { readonly reason: CulvertError | undefined } | undefined;

  constructor(events: FrameQueueEvents) {
    this.#events = events;
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
    if (this.#discarding) return;
    this.#frames.push(frame);
    this.#run();
  }

  /** Drops what is held and whatever comes: nobody wants it any more. */
  discard(): void {
    this.#discarding = true;
    this.#frames = [];
    this.#run();
  }

  /** Says that no frame follows. */
  end(reason: CulvertError | undefined): void {
    this.#end = { reason };
    this.#run();
  }

  #run(): void {
    if (this.#handlers === undefined) return;
    while (!this.#busy && this.#frames.length > 0)
      this.#hand(this.#handlers, this.#frames.shift() as Uint8Array);
    if (this.#end === undefined || this.#frames.length > 0) return;
    const { onClose } = this.#handlers;
    const { reason } = this.#end;
    this.#handlers = undefined;
    onClose(reason);
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
