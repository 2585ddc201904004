import type { BackOff, Connection, CulvertError } from "@x/core";
import { asTransportError, close } from "./guarded-transport.js";

/** What a dialler needs to know, and whom it tells. */
export interface DiallerOptions {
  /** One attempt. */
  readonly dial: (signal: AbortSignal) => Promise<Connection>;
  readonly backOff: BackOff;
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number;
  readonly onConnection: (connection: Connection) => void;
  /** Told of a failed attempt; calls `dialLater` or not. */
  readonly onFailure: (error: CulvertError) => void;
}

/** Opens a connection, and opens it again after each loss: with random delays, for as long as it is asked to. */
export class Dialler {
  /** Attempts since the connection was up. */
  attempts = 0;
  /** When the next attempt follows, in milliseconds since the epoch. */
  nextAttemptAt: number | undefined;
  readonly #options: DiallerOptions;
  readonly #stop = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDialling = false;
  /** What the last failed attempt took, in milliseconds: a wait already. */
  #waitedMs = 0;

  constructor(options: DiallerOptions) {
    this.#options = options;
  }

  /** An attempt is under way. */
  get isDialling(): boolean {
    return this.#isDialling;
  }

  /** Makes an attempt now. */
  dialNow(): void {
    if (this.#isDialling || this.#stop.signal.aborted) return;
    this.#clearTimer();
    this.#isDialling = true;
    void this.#dial();
  }

  /** Makes an attempt after a random delay. It counts from the begin of the last attempt, if that failed. */
  dialLater(): void {
    if (this.#isDialling || this.#stop.signal.aborted) return;
    this.#clearTimer();
    const delayMs = Math.max(0, this.#options.backOff.next() - this.#waitedMs);
    this.#waitedMs = 0;
    this.nextAttemptAt = this.#options.now() + delayMs;
    this.#timer = setTimeout(() => this.dialNow(), delayMs);
  }

  /** The last connection lived long enough: the next loss starts at the base delay. */
  resetBackOff(): void {
    this.#options.backOff.reset();
  }

  /** Gives up for good. */
  stop(): void {
    this.#clearTimer();
    this.#stop.abort();
  }

  async #dial(): Promise<void> {
    this.attempts++;
    const { signal } = this.#stop;
    const startedAt = performance.now();
    const result = await this.#options.dial(signal).catch((error: unknown) => asTransportError(error));
    this.#isDialling = false;
    if (result instanceof Error) {
      this.#waitedMs = performance.now() - startedAt;
      if (!signal.aborted) this.#options.onFailure(result);
    } else if (signal.aborted) void close(result);
    else {
      this.attempts = 0;
      this.#options.onConnection(result);
    }
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.nextAttemptAt = undefined;
  }
}
