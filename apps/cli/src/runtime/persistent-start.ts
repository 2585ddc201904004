import { failureFields, type RuntimeLog } from "./runtime-log.js";

/** Something that was started and can be closed. */
export interface Closable {
  close(): Promise<void>;
}

/** How to start something persistently. */
export interface PersistentStartOptions<Thing> {
  readonly start: () => Promise<Thing>;
  /** What is started, for the log: `tcp-inlet web`. */
  readonly what: string;
  readonly log: RuntimeLog;
}

/** First and longest pause between attempts, in milliseconds: 200 for a port that is free in a moment, 5,000 so that nobody waits long. */
const pauseMs = { first: 200, longest: 5000 };

/**
 * Starts something, and goes on trying while it fails: what a node had is listed and healed, not lost, when a port is
 * taken while the node restarts.
 */
export class PersistentStart<Thing extends Closable> {
  readonly #options: PersistentStartOptions<Thing>;
  #thing: Thing | undefined;
  #lastFailure: unknown;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = pauseMs.first;
  #closed = false;
  #attempts = 0;
  #nextAttemptAt: number | undefined;
  readonly #since = Date.now();

  constructor(options: PersistentStartOptions<Thing>) {
    this.#options = options;
  }

  /** What was started, once it was. */
  get thing(): Thing | undefined {
    return this.#thing;
  }

  /** Since when it tries, in milliseconds since 1970. */
  get since(): number {
    return this.#since;
  }

  /** Attempts that failed so far. */
  get attempts(): number {
    return this.#attempts;
  }

  /** When it tries again, in milliseconds since 1970; nothing when it does not. */
  get nextAttemptAt(): number | undefined {
    return this.#nextAttemptAt;
  }

  /** Why the last attempt failed. */
  get lastFailure(): unknown {
    return this.#lastFailure;
  }

  /** Tries once. Rejects with what `start` rejects with. */
  async once(): Promise<Thing> {
    const thing = await this.#options.start();
    if (this.#closed) await thing.close();
    this.#thing = thing;
    this.#lastFailure = undefined;
    return thing;
  }

  /**
   * Starts it: what is made now must work at once, and what is made again may take its time. Nothing comes of it then.
   *
   * @throws what `start` rejects with, unless it is made again
   */
  async begin(isRestart: boolean): Promise<Thing | undefined> {
    if (!isRestart) return this.once();
    await this.persist();
    return this.#thing;
  }

  /** Tries until it works or `close` is called. Resolves after the first attempt, whatever came of it. */
  async persist(): Promise<void> {
    try {
      await this.once();
    } catch (error) {
      this.#lastFailure = error;
      this.#attempts++;
      this.#options.log.warn(failureFields(error), `Cannot start ${this.#options.what}, trying again`);
      this.#tryLater();
    }
  }

  /** Gives up trying. What was started lives on until `close`. */
  giveUp(): void {
    this.#closed = true;
    this.#nextAttemptAt = undefined;
    clearTimeout(this.#timer);
  }

  /** Closes what was started and gives up trying. Safe to call twice. */
  async close(): Promise<void> {
    this.giveUp();
    await this.#thing?.close();
  }

  #tryLater(): void {
    if (this.#closed) return;
    const jitteredMs = this.#pauseMs * (0.5 + Math.random() / 2);
    this.#pauseMs = Math.min(this.#pauseMs * 2, pauseMs.longest);
    this.#nextAttemptAt = Math.round(Date.now() + jitteredMs);
    this.#timer = setTimeout(() => {
      this.#nextAttemptAt = undefined;
      void this.persist();
    }, jitteredMs);
    this.#timer.unref();
  }
}
