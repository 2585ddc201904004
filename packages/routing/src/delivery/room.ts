/** Lets senders wait until a queue has room again. All who wait in one episode of congestion share one promise. */
export class Room {
  #promise: Promise<void> | undefined;
  #resolve: (() => void) | undefined;

  /** Resolves when there is room. The same promise until then. */
  wait(): Promise<void> {
    this.#promise ??= new Promise((resolve) => {
      this.#resolve = resolve;
    });
    return this.#promise;
  }

  /** Ends the episode: everybody may go on. */
  open(): void {
    const resolve = this.#resolve;
    this.#promise = undefined;
    this.#resolve = undefined;
    resolve?.();
  }
}
