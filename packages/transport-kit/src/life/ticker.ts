import { inBackground } from "../platform.js";

/** Something that wants to know how time passes. */
export interface Ticking {
  /** Called every tick. `late` says that this process did not run for a while, so that silence means nothing. */
  tick(late: boolean): void;
}

/** A tick that comes so much too late, in milliseconds, says that the process was stopped or blocked. */
const lateMs = 1_000;

/** One timer for all connections of a transport. It runs only while there are some, and does not keep the process alive. */
export class Ticker {
  readonly tickMs: number;
  readonly #members = new Set<Ticking>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #last = 0;

  constructor(tickMs: number) {
    this.tickMs = tickMs;
  }

  add(member: Ticking): void {
    this.#members.add(member);
    if (this.#timer !== undefined) return;
    this.#last = performance.now();
    this.#timer = inBackground(setInterval(() => this.#tick(), this.tickMs));
  }

  remove(member: Ticking): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const now = performance.now();
    const late = now - this.#last > Math.max(4 * this.tickMs, lateMs);
    this.#last = now;
    for (const member of this.#members) member.tick(late);
  }
}
