import type { CulvertError } from "@x/core";
import { reasonOf } from "../protocol/reset-reason.js";
import type { Sleeper, Wakeups } from "../resources/wakeups.js";
import type { CarriedStream } from "./carried-stream.js";

/** Streams that were opened while no route was up, each with its last moment. */
export class WaitingStreams {
  readonly #wakeups: Wakeups;
  readonly #waitMs: number;
  readonly #waiting: Map<CarriedStream, Sleeper> = new Map();

  /** @param waitMs how long a stream waits after it was opened, in milliseconds */
  constructor(wakeups: Wakeups, waitMs: number) {
    this.#wakeups = wakeups;
    this.#waitMs = waitMs;
  }

  /** Lets a stream wait as long as is left of its time, then gives it up for `failure`. */
  add(stream: CarriedStream, failure: CulvertError): void {
    const dueAt = stream.startedAt + this.#waitMs;
    const giveUp = (): void => {
      this.#waiting.delete(stream);
      if (stream.path.state !== "down" || stream.machine.phase !== "opening") return;
      stream.abandon(reasonOf(failure));
    };
    this.remove(stream);
    if (this.#wakeups.now() >= dueAt) {
      giveUp();
      return;
    }
    const onWake = (now: number): void => {
      if (now >= dueAt) giveUp();
    };
    const waiting: Sleeper = { wakeup: undefined, onWake };
    this.#waiting.set(stream, waiting);
    this.#wakeups.schedule(waiting, dueAt);
  }

  /** The stream is over, or waits no longer. */
  remove(stream: CarriedStream): void {
    const waiting = this.#waiting.get(stream);
    if (waiting !== undefined) this.#wakeups.cancel(waiting);
    this.#waiting.delete(stream);
  }

  /** Forgets all of them. */
  close(): void {
    for (const waiting of this.#waiting.values()) this.#wakeups.cancel(waiting);
    this.#waiting.clear();
  }
}
