import { maxTimerMs } from "@x/core";
import { standstillMs, timerGrainMs } from "../limits.js";

/** Something that wants to be woken. */
export interface Sleeper {
  /** When it will be woken; set by {@link Wakeups}, absent while it will not be. */
  wakeup: Wakeup | undefined;
  /** Called when a wake-up is due, also when it was needed later only: look what is due. */
  onWake(now: number): void;
}

/** A planned wake-up: an entry of the plan of {@link Wakeups}, which alone changes it. */
export interface Wakeup {
  at: number;
  /** Its place in the plan. */
  index: number;
  readonly sleeper: Sleeper;
}

/**
 * One timer for all sleepers of a node, so that an idle stream has none of its own.
 * Its clock stands still while the process does: after a laptop's sleep nobody is given up for time nobody lived through.
 */
export class Wakeups {
  /** A heap: no entry is due later than the two below it, and each knows its place. */
  readonly #heap: Wakeup[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt: number = Number.POSITIVE_INFINITY;
  #lostMs = 0;
  #isClosed = false;
  /** While sleepers are woken: the earliest time that one can ask for, so that none is woken again in the same turn. */
  #earliestAt: number = Number.NEGATIVE_INFINITY;

  /** The time, in milliseconds from some beginning; it never goes back. */
  now(): number {
    return performance.now() - this.#lostMs;
  }

  /** How many sleepers will be woken; nothing else is kept. */
  get planned(): number {
    return this.#heap.length;
  }

  /** Wakes a sleeper at a time, or earlier if it asked before. Infinite: not at all. */
  schedule(sleeper: Sleeper, wantedAt: number): void {
    const at = Math.max(wantedAt, this.#earliestAt);
    const known = sleeper.wakeup;
    if (this.#isClosed || at >= (known?.at ?? Number.POSITIVE_INFINITY)) return;
    if (known === undefined) {
      sleeper.wakeup = { at, index: this.#heap.length, sleeper };
      this.#heap.push(sleeper.wakeup);
      this.#rise(sleeper.wakeup);
    } else {
      known.at = at;
      this.#rise(known);
    }
    if (at < this.#timerAt) this.#arm(at);
  }

  /** Lets a sleeper sleep. */
  cancel(sleeper: Sleeper): void {
    const { wakeup } = sleeper;
    if (wakeup === undefined) return;
    this.#remove(wakeup);
    // A timer with nothing to do would keep the process alive.
    if (this.#heap.length === 0) this.#disarm();
  }

  /** Wakes nobody any more. */
  close(): void {
    this.#isClosed = true;
    for (const { sleeper } of this.#heap) sleeper.wakeup = undefined;
    this.#heap.length = 0;
    this.#disarm();
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = at;
    const delayMs = Math.min(maxTimerMs, Math.max(0, Math.ceil(at - this.now())));
    this.#timer = setTimeout(() => this.#fire(), delayMs);
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #fire(): void {
    const lateMs = this.now() - this.#timerAt;
    if (lateMs > standstillMs) this.#lostMs += lateMs;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.now();
    this.#earliestAt = now + timerGrainMs;
    try {
      for (let next = this.#heap[0]; next !== undefined && next.at <= now; next = this.#heap[0]) {
        this.#remove(next);
        next.sleeper.onWake(now);
      }
    } finally {
      this.#earliestAt = Number.NEGATIVE_INFINITY;
      const first = this.#heap[0];
      if (first !== undefined && first.at < this.#timerAt) this.#arm(first.at);
    }
  }

  #remove(entry: Wakeup): void {
    entry.sleeper.wakeup = undefined;
    const last = this.#heap.pop() as Wakeup;
    if (last === entry) return;
    last.index = entry.index;
    this.#heap[last.index] = last;
    this.#rise(last);
    this.#sink(last);
  }

  #rise(entry: Wakeup): void {
    const heap = this.#heap;
    let { index } = entry;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Wakeup;
      if (above.at <= entry.at) break;
      heap[index] = above;
      above.index = index;
      index = parent;
    }
    heap[index] = entry;
    entry.index = index;
  }

  #sink(entry: Wakeup): void {
    const heap = this.#heap;
    let { index } = entry;
    for (let child = 2 * index + 1; child < heap.length; child = 2 * index + 1) {
      if (child + 1 < heap.length && (heap[child + 1] as Wakeup).at < (heap[child] as Wakeup).at) child++;
      const below = heap[child] as Wakeup;
      if (below.at >= entry.at) break;
      heap[index] = below;
      below.index = index;
      index = child;
    }
    heap[index] = entry;
    entry.index = index;
  }
}
