import { join } from "node:path";
import { readJsonFile, writeJsonFile } from "./json-file.js";
import { withLock } from "./lock.js";

/** What a file of the home holds, and how it is told apart from something else. */
export interface HomeFileOptions<T> {
  /** Returns the content when it has the right shape, else nothing. */
  readonly check: (value: unknown) => T | undefined;
  /** What is in it while it is not there. */
  readonly empty: T;
}

/** A JSON file of the home folder that several commands and nodes may change at once. Open to the user alone. */
export class HomeFile<T extends object> {
  readonly #home: string;
  readonly #name: string;
  readonly #options: HomeFileOptions<T>;

  /** @param name of the file: `transports.json` */
  constructor(home: string, name: string, options: HomeFileOptions<T>) {
    this.#home = home;
    this.#name = name;
    this.#options = options;
  }

  /**
   * What is in it now.
   *
   * @throws CliError STATE_CORRUPT, STATE_FAILED
   */
  read(): T {
    const { check, empty } = this.#options;
    return readJsonFile(join(this.#home, this.#name), check) ?? empty;
  }

  /**
   * Runs `work` while nobody else changes the file.
   *
   * @param work is given the content, and what replaces it as a whole; on disk when that resolves
   * @throws CliError STATE_CORRUPT, STATE_FAILED; and what `work` throws
   */
  async change<R>(work: (content: T, save: (next: T) => Promise<void>) => Promise<R>): Promise<R> {
    // A dot is in no name of a node, which has a lock there too.
    return withLock(join(this.#home, "locks", this.#name), () =>
      work(this.read(), (next) => writeJsonFile(join(this.#home, this.#name), { version: 1, ...next })),
    );
  }
}
