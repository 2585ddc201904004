import { standstillMs, timerGrainMs } from "./limits.js";

/** Something that wants to be woken. */
export interface Sleeper {
  /** When it will be woken; set by {@link Wakeups}, absent at first. */
  wakeup: Wakeup | undefined;
  /** Called when a wake-up is due, also when it was needed later only: look what is due. */
  onWake(now: number): void;
}

/** A planned wake-up. */
export interface Wakeup {
  readonly at: number;
  /** Absent once it was called off, so that the plan keeps nobody in memory. */
  sleeper: Sleeper | undefined;
}

/** Most time the platform's timers take, in milliseconds. */
const longestTimerMs = 2_147_483_647;

/**
 * One timer for many sleepers, so that an idle stream has none of its own.
 * Its clock stands still while the process does: after a laptop's sleep nobody is given up for time nobody lived through.
 */
export class Wakeups {
  /** A heap: no entry is due later than the two below it. */
  readonly #heap: Wakeup[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerAt: number = Number.POSITIVE_INFINITY;
  #lostMs = 0;
  #isClosed = false;
  /** While sleepers are woken: the earliest time that one can ask for, so that none is woken again in the same turn. */
  #earliestAt: number = Number.NEGATIVE_INFINITY;

  /** The time, in milliseconds from some beginning; it never goes back. */
  now(): number {
    return performance.now() - this.#lostMs;
  }

  /** Wakes a sleeper at a time, or earlier if it asked before. Infinite: not at all. */
  schedule(sleeper: Sleeper, wantedAt: number): void {
    const at = Math.max(wantedAt, this.#earliestAt);
    if (this.#isClosed || at >= (sleeper.wakeup?.at ?? Number.POSITIVE_INFINITY)) return;
    this.cancel(sleeper);
    sleeper.wakeup = { at, sleeper };
    this.#push(sleeper.wakeup);
    if (at < this.#timerAt) this.#arm(at);
  }

  /** Lets a sleeper sleep. */
  cancel(sleeper: Sleeper): void {
    if (sleeper.wakeup !== undefined) sleeper.wakeup.sleeper = undefined;
    sleeper.wakeup = undefined;
  }

  /** Wakes nobody any more. */
  close(): void {
    this.#isClosed = true;
    this.#heap.length = 0;
    clearTimeout(this.#timer);
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = at;
    const delayMs = Math.min(longestTimerMs, Math.max(0, Math.ceil(at - this.now())));
    this.#timer = setTimeout(() => this.#fire(), delayMs);
  }

  #fire(): void {
    const lateMs = this.now() - this.#timerAt;
    if (lateMs > standstillMs) this.#lostMs += lateMs;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.now();
    this.#earliestAt = now + timerGrainMs;
    for (let next = this.#heap[0]; next !== undefined && next.at <= now; next = this.#heap[0]) {
      this.#pop();
      const { sleeper } = next;
      if (sleeper === undefined) continue;
      sleeper.wakeup = undefined;
      sleeper.onWake(now);
    }
    this.#earliestAt = Number.NEGATIVE_INFINITY;
    const first = this.#heap[0];
    if (first !== undefined && !this.#isClosed && first.at < this.#timerAt) this.#arm(first.at);
  }

  #push(entry: Wakeup): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Wakeup;
      if (above.at <= entry.at) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && (heap[child + 1] as Wakeup).at < (heap[child] as Wakeup).at) child++;
      const below = heap[child] as Wakeup;
      if (below.at >= last.at) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}
