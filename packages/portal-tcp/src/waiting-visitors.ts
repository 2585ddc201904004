import type { CulvertError } from "@x/core";
import type { PortalStream } from "./portal-stream.js";
import { reasonOf } from "./reset-reason.js";
import type { Sleeper, Wakeups } from "./wakeups.js";

/** Visitors that came while no route was up, each with its last moment. */
export class WaitingVisitors {
  readonly #wakeups: Wakeups;
  readonly #waitMs: number;
  readonly #waiting: Map<PortalStream, Sleeper> = new Map();

  /** @param waitMs how long a visitor waits after it came, in milliseconds */
  constructor(wakeups: Wakeups, waitMs: number) {
    this.#wakeups = wakeups;
    this.#waitMs = waitMs;
  }

  /** Lets a visitor wait as long as is left of its time, then turns it away for `failure`. */
  add(stream: PortalStream, failure: CulvertError): void {
    const dueAt = stream.startedAt + this.#waitMs;
    const giveUp = (): void => {
      this.#waiting.delete(stream);
      if (stream.path.state !== "down" || stream.stream.phase !== "opening") return;
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

  /** The visitor is gone, or waits no longer. */
  remove(stream: PortalStream): void {
    const waiting = this.#waiting.get(stream);
    if (waiting !== undefined) this.#wakeups.cancel(waiting);
    this.#waiting.delete(stream);
  }
}
