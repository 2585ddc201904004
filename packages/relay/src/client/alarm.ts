import { maxSleepMs } from "../limits.js";

/**
 * A timer that survives a sleeping machine.
 * The monotonic clock may stand still while the machine is suspended, and the wall clock may be set back:
 * the alarm goes off when either says so, at most 5 s after the machine wakes.
 */
export class Alarm {
  #timer: NodeJS.Timeout | undefined;

  /** Calls `action` once after a delay. Replaces what was set before. */
  set(delayMs: number, action: () => void): void {
    this.clear();
    this.#sleep(performance.now() + delayMs, Date.now() + delayMs, action);
  }

  /** Forgets what was set. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #sleep(dueMs: number, dueDate: number, action: () => void): void {
    const leftMs = Math.min(dueMs - performance.now(), dueDate - Date.now());
    this.#timer = setTimeout(
      () => {
        if (performance.now() >= dueMs || Date.now() >= dueDate) action();
        else this.#sleep(dueMs, dueDate, action);
      },
      Math.min(maxSleepMs, Math.max(0, leftMs)),
    );
  }
}
