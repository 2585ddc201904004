interface Wait {
  readonly until: Promise<void> | undefined;
}

const over: Wait = { until: undefined };

/**
 * How long one connection stops reading for congested receivers.
 * For each episode of congestion, which is one promise of room, it waits until there is room, yet no longer than the limit.
 * Then it reads on, so that a slow receiver slows its own producer and nobody else's for long: what exceeds the hard bound
 * is refused.
 */
export class Patience {
  readonly #limitMs: number;
  readonly #waits = new WeakMap<Promise<void>, Wait>();

  /** @param limitMs longest wait in one episode, in milliseconds */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** What to wait for before reading on; absent when the patience with this episode is over. Never rejects. */
  waitFor(room: Promise<void>): Promise<void> | undefined {
    const known = this.#waits.get(room);
    if (known !== undefined) return known.until;
    const until = new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#waits.set(room, over);
        resolve();
      }, this.#limitMs);
      void room.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#waits.set(room, { until });
    return until;
  }
}
