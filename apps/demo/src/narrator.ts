/** Tells a story on a stream of text, step by step, and counts what did not hold. */
export class Narrator {
  readonly #write: (text: string) => void;
  #steps = 0;
  #failures = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** How many steps did not hold. */
  get failures(): number {
    return this.#failures;
  }

  /** How many steps were told. */
  get steps(): number {
    return this.#steps;
  }

  /** A line between steps. */
  say(text: string): void {
    this.#write(`${text}\n`);
  }

  /**
   * Runs one step and shows what it returns, or why it failed. Never rejects.
   * A failed step resolves with nothing; the story goes on, so that one run shows all that is broken.
   */
  async step<T>(
    title: string,
    run: () => Promise<T>,
    show: (value: T) => string = () => "",
  ): Promise<T | undefined> {
    this.#steps++;
    const start = performance.now();
    try {
      const value = await run();
      const shown = show(value);
      const took = `${(performance.now() - start).toFixed(0)} ms`;
      this.#write(`✔ ${title} (${took})\n${shown === "" ? "" : `    ${shown.replaceAll("\n", "\n    ")}\n`}`);
      return value;
    } catch (error) {
      this.#failures++;
      this.#write(`✘ ${title}\n    ${error instanceof Error ? error.message : String(error)}\n`);
      return undefined;
    }
  }
}

/** Fails a step whose result is not the expected one. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  if (actual !== expected) {
    throw new Error(
      `Expected ${what} to be ${JSON.stringify(expected)}, but it is ${JSON.stringify(actual)}`,
    );
  }
}
