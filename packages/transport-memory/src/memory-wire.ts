import { CulvertError, type Deferred, deferred, type Release } from "@x/core";
import { FlightPlan, type FlightPlanOptions } from "./flight-plan.js";
import { type Flight, FlightQueue } from "./flight-queue.js";
import type { WireConditions } from "./wire-conditions.js";

/** What a wire is made of. */
export interface MemoryWireOptions extends FlightPlanOptions {
  readonly softQueueBytes: number;
  readonly hardQueueBytes: number;
}

/** What hangs at the receiving end. */
export interface WireReceiver {
  readonly onFrame: (frame: Uint8Array) => Promise<void> | undefined;
  /** `onFrame` threw or rejected. */
  readonly onFault: (cause: unknown) => void;
}

/** One direction of a connection: a bounded queue of frames, each with the time at which it is due. */
export class MemoryWire {
  readonly #options: MemoryWireOptions;
  readonly #onEnd: (reason: CulvertError | undefined) => void;
  readonly #plan: FlightPlan;
  readonly #flights = new FlightQueue();
  #receiver: WireReceiver | undefined;
  #scheduled = false;
  #cancelTimer: (() => void) | undefined;
  #handling = false;
  #blocked = false;
  #dropping = false;
  #room: Deferred<void> | undefined;
  #onEmpty: (() => void) | undefined;

  /** `onEnd` is called when the sender's end arrives: without reason after a good close. */
  constructor(options: MemoryWireOptions, onEnd: (reason: CulvertError | undefined) => void) {
    this.#options = options;
    this.#plan = new FlightPlan(options);
    this.#onEnd = onEnd;
  }

  /** Bytes under way or waiting for the receiver, and something for each frame. */
  get queuedBytes(): number {
    return this.#flights.bytes;
  }

  /** Changes how frames sent from now on are treated. */
  setConditions(conditions: Partial<WireConditions>): void {
    this.#plan.setConditions(conditions);
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

  /** Takes one frame, copied before this returns; the promise and the errors are those of `Connection.send`. */
  send(parts: readonly Uint8Array[], bytes: number, release?: Release): Promise<void> | undefined {
    if (this.queuedBytes >= this.#options.hardQueueBytes) {
      const limit = this.#options.hardQueueBytes;
      throw new CulvertError(
        "CONNECTION_BUSY",
        `Cannot send frame of ${bytes} bytes: ${this.queuedBytes} bytes wait, limit is ${limit} bytes`,
      );
    }
    for (let copies = this.#dropping ? 0 : this.#plan.nextCopies(); copies > 0; copies -= 1) {
      // The receiver owns what it gets: over a real wire it would be another buffer too.
      this.#add({ frame: joined(parts, bytes), dueMs: this.#plan.nextDueMs(bytes) });
    }
    release?.();
    if (this.queuedBytes <= this.#options.softQueueBytes) return undefined;
    this.#room ??= deferred();
    return this.#room.promise;
  }

  /** Sends the end behind the last frame. */
  end(reason?: CulvertError): void {
    if (this.#dropping) return;
    this.#add({ dueMs: this.#plan.endDueMs(), reason });
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
    if (this.#flights.isEmpty) callback();
    else this.#onEmpty = callback;
  }

  #add(flight: Flight): void {
    this.#flights.add(flight);
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
      const flight = this.#flights.first;
      if (flight === undefined || this.#blocked || !this.#isDue(flight)) break;
      if (flight.frame === undefined) {
        this.#flights.removeFirst();
        this.#onEnd(flight.reason);
      } else {
        if (this.#handling || this.#receiver === undefined) break;
        this.#flights.removeFirst();
        this.#deliver(this.#receiver, flight.frame);
      }
    }
    this.#scheduled = false;
    this.#notify();
  };

  #isDue({ dueMs }: Flight): boolean {
    const { scheduler } = this.#options;
    const waitMs = dueMs - scheduler.now();
    if (waitMs <= 0) return true;
    this.#cancelTimer = scheduler.setTimer(this.#run, waitMs);
    return false;
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
    this.#flights.clear();
    this.#plan.clear();
    this.#notify();
  }

  #notify(): void {
    // Half the bound, so that a sender is not woken for every frame.
    if (this.queuedBytes * 2 <= this.#options.softQueueBytes) this.releaseSender();
    if (this.#onEmpty === undefined || !this.#flights.isEmpty) return;
    const callback = this.#onEmpty;
    this.#onEmpty = undefined;
    callback();
  }
}

const nobody: WireReceiver = { onFrame: () => undefined, onFault: () => {} };

function joined(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const frame = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}
