import { busyPauseMs, maxBusyPauseMs } from "../limits.js";

/** Leaves a busy hop alone for a while, longer with each refusal in a row. All times in milliseconds. */
export class BusyPause {
  #refusals = 0;
  #endsAt: number | undefined;

  /** Nothing may be sent now. */
  get isOn(): boolean {
    return this.#endsAt !== undefined;
  }

  /** When it ends; infinite when it is not on. */
  get endsAt(): number {
    return this.#endsAt ?? Number.POSITIVE_INFINITY;
  }

  /** A hop refused a packet as busy. */
  refused(roundTripMs: number, now: number): void {
    const pauseMs = Math.max(busyPauseMs, roundTripMs) * 2 ** this.#refusals;
    if (pauseMs < maxBusyPauseMs) this.#refusals++;
    this.#endsAt = Math.max(this.#endsAt ?? 0, now + Math.min(pauseMs, maxBusyPauseMs));
  }

  /** A packet arrived. */
  arrived(): void {
    this.#refusals = 0;
  }

  /** Time passed. */
  onTime(now: number): void {
    if (now >= this.endsAt) this.#endsAt = undefined;
  }

  /** Ends it at once. */
  end(): void {
    this.#refusals = 0;
    this.#endsAt = undefined;
  }
}
