import { setTimeout as sleep } from "node:timers/promises";

/** What may be sent at once after a quiet time, in milliseconds of the pace. */
const burstMs = 50;

/** Keeps all senders together below a number of bytes a second. */
export class Pace {
  readonly #bytesPerMs: number;
  /** When what was allowed so far is sent. */
  #paidUntil = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1_000;
  }

  /** Resolves when so many bytes may be sent. */
  async take(bytes: number): Promise<void> {
    const now = performance.now();
    this.#paidUntil = Math.max(this.#paidUntil, now - burstMs) + bytes / this.#bytesPerMs;
    if (this.#paidUntil > now + 1) await sleep(this.#paidUntil - now);
  }
}
