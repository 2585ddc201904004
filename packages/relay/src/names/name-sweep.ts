import { nameSweepMs } from "../limits.js";

/** What changes by itself at a time of the monotonic clock, in milliseconds. */
export interface Due {
  readonly dueAt: number;
}

/**
 * Lets leases and names end, with one timer for all.
 * Renewals do not touch the timer: it fires when the earliest time it knew is there, tells what is due,
 * and waits for the next. What is due is told up to 1 s late, never early.
 */
export class NameSweep<Thing extends Due> {
  readonly #things: () => Iterable<Thing>;
  readonly #onDue: (thing: Thing) => void;
  #timer: NodeJS.Timeout | undefined;
  #firesAt = Number.POSITIVE_INFINITY;

  constructor(things: () => Iterable<Thing>, onDue: (thing: Thing) => void) {
    this.#things = things;
    this.#onDue = onDue;
  }

  /** Sees to it that the timer fires at `dueAt` or before. */
  include(dueAt: number): void {
    if (dueAt >= this.#firesAt) return;
    this.close();
    this.#firesAt = dueAt;
    const delayMs = Math.max(nameSweepMs, dueAt - performance.now());
    this.#timer = setTimeout(() => this.#sweep(), delayMs);
    // Housekeeping alone is no reason for a process to live on.
    this.#timer.unref();
  }

  /** Stops the timer. */
  close(): void {
    clearTimeout(this.#timer);
    this.#firesAt = Number.POSITIVE_INFINITY;
  }

  #sweep(): void {
    this.#firesAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    for (const thing of [...this.#things()]) if (thing.dueAt <= now) this.#onDue(thing);
    let next = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.#things()) next = Math.min(next, dueAt);
    if (next < Number.POSITIVE_INFINITY) this.include(next);
  }
}
