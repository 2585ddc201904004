import { standstillMs } from "./limits.js";

/** Something that wants to be woken. */
export interface Sleeper {
  /** When the earliest entry for it is due; kept by {@link Wakeups}. */
  wakeAt: number;
  /** Called once per entry, also when its time was moved on since: look what is due. */
  onWake(now: number): void;
}

interface Entry {
  readonly at: number;
  readonly sleeper: Sleeper;
}

/** Most time the platform's timers take, in milliseconds. */
const longestTimerMs = 2_147_483_647;

/**
 * One timer for many sleepers, so that an idle stream has none of its own.
 * Its clock stands still while the process does: after a laptop's sleep nobody is given up for time nobody lived through.
 */
export class Wakeups {
  /** A heap: no entry is due later than the two below it. */
  readonly #heap: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerAt: number = Number.POSITIVE_INFINITY;
  #lostMs = 0;
  #isClosed = false;

  /** The time, in milliseconds from some beginning; it never goes back. */
  now(): number {
    return performance.now() - this.#lostMs;
  }

  /** Wakes a sleeper at a time, or earlier if it asked before. Infinite: not at all. */
  schedule(sleeper: Sleeper, at: number): void {
    if (at >= sleeper.wakeAt || this.#isClosed) return;
    sleeper.wakeAt = at;
    this.#push({ at, sleeper });
    if (at < this.#timerAt) this.#arm(at);
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
    for (let next = this.#heap[0]; next !== undefined && next.at <= now; next = this.#heap[0]) {
      this.#pop();
      // Entries whose sleeper was scheduled earlier since are left over.
      if (next.sleeper.wakeAt !== next.at) continue;
      next.sleeper.wakeAt = Number.POSITIVE_INFINITY;
      next.sleeper.onWake(now);
    }
    const first = this.#heap[0];
    if (first !== undefined && !this.#isClosed && first.at < this.#timerAt) this.#arm(first.at);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Entry;
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
      if (child + 1 < heap.length && (heap[child + 1] as Entry).at < (heap[child] as Entry).at) child++;
      const below = heap[child] as Entry;
      if (below.at >= last.at) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}
