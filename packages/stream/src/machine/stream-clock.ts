import type { StreamSettings } from "./stream-settings.js";

/** What a stream waits for, and until when. All times in milliseconds. */
export class StreamClock {
  readonly #settings: StreamSettings;
  readonly #startedAt: number;
  #hasAnswer: boolean;
  #lastHeardAt: number;
  /** Since when an answer is missing; infinite when none is. */
  #waitingSince: number = Number.POSITIVE_INFINITY;

  /** @param hasAnswer the other end is known to be there */
  constructor(settings: StreamSettings, now: number, hasAnswer: boolean) {
    this.#settings = settings;
    this.#startedAt = now;
    this.#lastHeardAt = now;
    this.#hasAnswer = hasAnswer;
  }

  /** Something of the other end arrived. `isWaiting`: some packets still want an answer. */
  heard(now: number, isWaiting: boolean): void {
    this.#hasAnswer = true;
    this.#lastHeardAt = now;
    this.#waitingSince = isWaiting ? now : Number.POSITIVE_INFINITY;
  }

  /** An answer is wanted from now on, or a path to get it by. */
  waits(now: number): void {
    this.#waitingSince = Math.min(this.#waitingSince, now);
  }

  /** When something of the other end arrived last. */
  get lastHeardAt(): number {
    return this.#lastHeardAt;
  }

  /** When the stream is given up. */
  get giveUpAt(): number {
    return this.#waitingSince + this.#settings.resumeTimeoutMs;
  }

  /** How long an answer has been missing. */
  waited(now: number): number {
    return Math.max(0, now - this.#waitingSince);
  }

  /** When the first answer must have come. */
  get answerBy(): number {
    return this.#hasAnswer ? Number.POSITIVE_INFINITY : this.#startedAt + this.#settings.openTimeoutMs;
  }

  /** When to ask a silent other end. */
  get keepAliveAt(): number {
    return this.#lastHeardAt + this.#settings.keepAliveMs;
  }
}
