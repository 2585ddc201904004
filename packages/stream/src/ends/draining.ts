/** The wait for a portal end to have nothing left to do, a bounded time. */
export class Draining {
  readonly #isIdle: () => boolean;
  #waiting: Promise<void> | undefined;
  #finish: () => void = () => {};

  /** @param isIdle says whether nothing is left to do */
  constructor(isIdle: () => boolean) {
    this.#isIdle = isIdle;
  }

  /** Whether the wait was begun: nothing new may be taken. */
  get isBegun(): boolean {
    return this.#waiting !== undefined;
  }

  /** Resolves when nothing is left to do, or after `graceMs`. A second call waits for the end of the first. */
  wait(graceMs: number): Promise<void> {
    this.#waiting ??= new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#finish = () => {
        clearTimeout(timer);
        resolve();
      };
      this.check();
    });
    return this.#waiting;
  }

  /** Looks whether the wait is over; called whenever something came to its end. */
  check(): void {
    if (this.#isIdle()) this.#finish();
  }

  /** Ends the wait. */
  giveUp(): void {
    this.#finish();
  }
}
