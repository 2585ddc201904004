import { maxTimerMs } from "@x/core";
import { nextTurn } from "@x/transport-kit";
import { maxMicrotasksInARow } from "./limits.js";

/** Time and turns as the memory transport sees them. A simulator brings its own and decides what happens when. */
export interface MemoryScheduler {
  /** The time in milliseconds, from any origin. Never goes back. */
  now(): number;
  /** Calls `task` once after `delayMs` milliseconds, unless the returned function is called before. */
  setTimer(task: () => void, delayMs: number): () => void;
  /** Calls `task` soon, after the caller returned, in the order of the calls. */
  defer(task: () => void): void;
}

let microtasksInARow = 0;

/** Real time: timers and microtasks of the platform. */
export const realScheduler: MemoryScheduler = {
  now: () => performance.now(),
  setTimer: (task, delayMs) => {
    // A longer timer would fire at once; whoever needs more than 24 days looks at the time again.
    const timer = setTimeout(task, Math.min(delayMs, maxTimerMs));
    return () => clearTimeout(timer);
  },
  defer: (task) => {
    microtasksInARow += 1;
    if (microtasksInARow < maxMicrotasksInARow) {
      queueMicrotask(task);
      return;
    }
    microtasksInARow = 0;
    nextTurn(task);
  },
};
