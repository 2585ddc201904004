/** Tells people on standard error what is going on, with the time since the start. */
export class Progress {
  readonly #startedAt = performance.now();

  /** Prints one line. */
  say(text: string): void {
    process.stderr.write(`${this.seconds().toFixed(0).padStart(4)} s  ${text}\n`);
  }

  /** Seconds since the start. */
  seconds(): number {
    return (performance.now() - this.#startedAt) / 1_000;
  }
}
