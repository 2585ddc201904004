import { leaseSweepMs } from "./limits.js";
import type { RelayWorker } from "./relay-worker.js";

/**
 * Ends leases, with one timer for all.
 * Renewals do not touch the timer: it fires when the earliest lease it knew would have ended, ends what was not renewed,
 * and waits for the next. A lease ends up to 1 s late, never early.
 */
export class LeaseSweep {
  readonly #relays: () => Iterable<RelayWorker>;
  readonly #onEnd: (relay: RelayWorker) => void;
  #timer: NodeJS.Timeout | undefined;
  #firesAt = Number.POSITIVE_INFINITY;

  constructor(relays: () => Iterable<RelayWorker>, onEnd: (relay: RelayWorker) => void) {
    this.#relays = relays;
    this.#onEnd = onEnd;
  }

  /** Sees to it that the timer fires at `endsAt`, in milliseconds of the monotonic clock, or before. */
  include(endsAt: number): void {
    if (endsAt >= this.#firesAt) return;
    this.close();
    this.#firesAt = endsAt;
    const delayMs = Math.max(leaseSweepMs, endsAt - performance.now());
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
    let next = Number.POSITIVE_INFINITY;
    for (const relay of [...this.#relays()]) {
      if (relay.endsAt <= now) this.#onEnd(relay);
      else next = Math.min(next, relay.endsAt);
    }
    if (next < Number.POSITIVE_INFINITY) this.include(next);
  }
}
