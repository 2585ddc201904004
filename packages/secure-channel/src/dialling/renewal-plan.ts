import type { ErrorCode } from "@x/core";
import { maxRetryMs, maxSilentRetryMs, tickMs } from "../limits.js";

/** First wait before a renewal that failed is tried again, in milliseconds; doubles. */
const firstRetryMs = 500;

/** How old keys are at least before somebody on the path can have them renewed, in milliseconds. */
const minSessionMs = 1_000;

/** When a dialler renews its channel. */
export class RenewalPlan {
  readonly #renewAfterMs: number;
  #dueAt = Number.POSITIVE_INFINITY;
  #retryMs = firstRetryMs;
  #renewedAt = 0;

  /** @param renewAfterMs age of keys that are renewed, in milliseconds */
  constructor(renewAfterMs: number) {
    this.#renewAfterMs = renewAfterMs;
  }

  get isDue(): boolean {
    return performance.now() >= this.#dueAt;
  }

  /**
   * There are new keys. The next ones follow before the keys, the credential of either end, or the listener's patience end: at
   * two thirds of what is left.
   *
   * @param leftMs how long each of them lasts, in milliseconds
   */
  renewed(leftMs: readonly number[]): void {
    const inMs = Math.max(tickMs, Math.min(this.#renewAfterMs, (Math.min(...leftMs) * 2) / 3));
    this.#renewedAt = performance.now();
    this.#dueAt = this.#renewedAt + inMs;
    this.#retryMs = firstRetryMs;
  }

  /** A try failed; the next one follows later each time. Silence is asked more often than whoever said no. */
  failed(code: ErrorCode): void {
    const isAnswer = code.startsWith("CHANNEL_") || code.startsWith("IDENTITY_");
    this.#dueAt = performance.now() + this.#retryMs;
    this.#retryMs = Math.min(isAnswer ? maxRetryMs : maxSilentRetryMs, this.#retryMs * 2);
  }

  /** Something changed: tries that failed before say nothing any more. */
  forgetFailures(): void {
    this.#retryMs = firstRetryMs;
  }

  /** Renews soon; not while a failed try waits for its turn, and not in the first second of new keys: others may be who asks. */
  soon(): void {
    if (this.#retryMs !== firstRetryMs) return;
    this.#dueAt = Math.min(this.#dueAt, Math.max(performance.now(), this.#renewedAt + minSessionMs));
  }
}
