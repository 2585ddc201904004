import { CulvertError, type TransportCapabilities } from "@x/core";
import { frameOverheadBytes } from "./limits.js";
import type { MemoryScheduler } from "./memory-scheduler.js";
import type { RandomSource } from "./random-source.js";
import { checkConditions, type WireConditions } from "./wire-conditions.js";

/** What a wire is made of. */
export interface MemoryWireOptions {
  readonly capabilities: TransportCapabilities;
  readonly conditions: WireConditions;
  readonly scheduler: MemoryScheduler;
  readonly random: RandomSource;
  readonly softQueueBytes: number;
  readonly hardQueueBytes: number;
}

/** What hangs at the receiving end. */
export interface WireReceiver {
  readonly onFrame: (frame: Uint8Array) => Promise<void> | undefined;
  /** `onFrame` threw or rejected. */
  readonly onFault: (cause: unknown) => void;
}

/** A frame under way, or, without `parts`, the end of the connection. */
interface Item {
  readonly parts?: readonly Uint8Array[];
  readonly bytes: number;
  readonly dueMs: number;
  readonly reason?: CulvertError | undefined;
}

/** One direction of a connection: a bounded queue of frames, each with the time at which it is due. */
export class MemoryWire {
  readonly #options: MemoryWireOptions;
  readonly #onEnd: (reason: CulvertError | undefined) => void;
  #conditions: WireConditions;
  #receiver: WireReceiver | undefined;
  #items: Item[] = [];
  #head = 0;
  #queuedBytes = 0;
  #lastDueMs = 0;
  #lineFreeMs = 0;
  #scheduled = false;
  #cancelTimer: (() => void) | undefined;
  #handling = false;
  #blocked = false;
  #dropping = false;
  #room: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  #onEmpty: (() => void) | undefined;

  /** `onEnd` is called when the sender's end arrives: without reason after a good close. */
  constructor(options: MemoryWireOptions, onEnd: (reason: CulvertError | undefined) => void) {
    this.#options = options;
    this.#conditions = checkConditions(options.conditions, options.capabilities);
    this.#onEnd = onEnd;
  }

  /** Bytes under way or waiting for the receiver, with {@link frameOverheadBytes} for each frame. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Changes how frames sent from now on are treated. */
  setConditions(conditions: Partial<WireConditions>): void {
    this.#conditions = checkConditions({ ...this.#conditions, ...conditions }, this.#options.capabilities);
  }

  /** Begins delivery. */
  open(receiver: WireReceiver): void {
    this.#receiver = receiver;
    this.#schedule();
  }

  /** Takes frames from now on without handing them to anybody. */
  discard(): void {
    this.#receiver = nobody;
    this.#handling = false;
    this.#schedule();
  }

  /** Holds everything back from now on, the end included, until `unblock`. */
  block(): void {
    this.#blocked = true;
  }

  /** Lets go what `block` held back. */
  unblock(): void {
    this.#blocked = false;
    this.#schedule();
  }

  /** Drops what is under way and whatever comes, the end included. For good. */
  drop(): void {
    this.#dropping = true;
    this.#clear();
  }

  /** Takes one frame; the promise, the errors and the ownership are those of `Connection.send`. */
  send(parts: readonly Uint8Array[], bytes: number): Promise<void> | undefined {
    if (this.#queuedBytes >= this.#options.hardQueueBytes) {
      const limit = this.#options.hardQueueBytes;
      throw new CulvertError(
        "CONNECTION_BUSY",
        `Cannot send frame of ${bytes} bytes: ${this.#queuedBytes} bytes wait, limit is ${limit} bytes`,
      );
    }
    if (this.#dropping) return undefined;
    const copies = this.#copies();
    for (let copy = 0; copy < copies; copy += 1) this.#put({ parts, bytes, dueMs: this.#dueMs(bytes) });
    if (this.#queuedBytes <= this.#options.softQueueBytes) return undefined;
    this.#room ??= deferred();
    return this.#room.promise;
  }

  /** Sends the end behind the last frame. */
  end(reason?: CulvertError): void {
    if (this.#dropping) return;
    this.#put({ bytes: 0, dueMs: Math.max(this.#lastDueMs, this.#dueMs(0)), reason });
  }

  /** Drops what is under way and sends the end at once. */
  abort(reason: CulvertError): void {
    this.#clear();
    this.end(reason);
  }

  /** Lets a sender that waits go on; nothing it sent is dropped. */
  releaseSender(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** Calls back once when nothing is under way, at once if so already. */
  whenEmpty(callback: () => void): void {
    if (this.#head === this.#items.length) callback();
    else this.#onEmpty = callback;
  }

  #copies(): number {
    const { lossRate, duplicateRate } = this.#conditions;
    if (lossRate > 0 && this.#options.random() < lossRate) return 0;
    return duplicateRate > 0 && this.#options.random() < duplicateRate ? 2 : 1;
  }

  #dueMs(bytes: number): number {
    const { delayMs, jitterMs, bytesPerSecond, reorderRate, reorderMs } = this.#conditions;
    const { scheduler, random, capabilities } = this.#options;
    this.#lineFreeMs = Math.max(scheduler.now(), this.#lineFreeMs) + (bytes * 1_000) / bytesPerSecond;
    let dueMs = this.#lineFreeMs + delayMs;
    if (jitterMs > 0) dueMs += random() * jitterMs;
    if (reorderRate > 0 && random() < reorderRate) dueMs += reorderMs;
    if (capabilities.ordered) dueMs = Math.max(dueMs, this.#lastDueMs);
    this.#lastDueMs = Math.max(dueMs, this.#lastDueMs);
    return dueMs;
  }

  #put(item: Item): void {
    const items = this.#items;
    let at = items.length;
    // Only a frame that overtakes others finds a later one before it.
    while (at > this.#head && (items[at - 1] as Item).dueMs > item.dueMs) at -= 1;
    if (at === items.length) items.push(item);
    else items.splice(at, 0, item);
    if (item.parts !== undefined) this.#queuedBytes += item.bytes + frameOverheadBytes;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.scheduler.defer(this.#run);
  }

  readonly #run = (): void => {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (;;) {
      const item = this.#items[this.#head];
      if (item === undefined || this.#blocked || !this.#isDue(item)) break;
      if (item.parts === undefined) {
        this.#take(item);
        this.#onEnd(item.reason);
      } else {
        if (this.#handling || this.#receiver === undefined) break;
        this.#take(item);
        this.#deliver(this.#receiver, joined(item.parts, item.bytes));
      }
    }
    this.#scheduled = false;
    this.#notify();
  };

  #isDue(item: Item): boolean {
    const { scheduler } = this.#options;
    const waitMs = item.dueMs - scheduler.now();
    if (waitMs <= 0) return true;
    this.#cancelTimer = scheduler.setTimer(this.#run, waitMs);
    return false;
  }

  #take(item: Item): void {
    this.#items[this.#head] = taken;
    this.#head += 1;
    if (this.#head > 64 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    if (item.parts !== undefined) this.#queuedBytes -= item.bytes + frameOverheadBytes;
  }

  #deliver(receiver: WireReceiver, frame: Uint8Array): void {
    try {
      const handled = receiver.onFrame(frame);
      if (handled === undefined) return;
      this.#handling = true;
      handled.then(this.#goOn, receiver.onFault);
    } catch (cause) {
      receiver.onFault(cause);
    }
  }

  readonly #goOn = (): void => {
    this.#handling = false;
    this.#schedule();
  };

  #clear(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#items = [];
    this.#head = 0;
    this.#queuedBytes = 0;
    this.#lastDueMs = 0;
    this.#lineFreeMs = 0;
    this.#notify();
  }

  #notify(): void {
    // Half the bound, so that a sender is not woken for every frame.
    if (this.#queuedBytes * 2 <= this.#options.softQueueBytes) this.releaseSender();
    if (this.#onEmpty === undefined || this.#head < this.#items.length) return;
    const callback = this.#onEmpty;
    this.#onEmpty = undefined;
    callback();
  }
}

const taken: Item = { bytes: 0, dueMs: 0 };
const nobody: WireReceiver = { onFrame: () => undefined, onFault: () => {} };

/** The receiver owns what it gets, so even a single part is copied: over a real wire it would be another buffer too. */
function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const frame = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
