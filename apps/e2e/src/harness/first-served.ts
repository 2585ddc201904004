import { setTimeout as sleep } from "node:timers/promises";

/** Time between two visits that are tried, in milliseconds. */
const visitPauseMs = 50;

/**
 * Tries visits until one is served: one after another begins, and none waits for those before it.
 * Gives the time that took, in milliseconds; Infinity when none was served in time.
 */
export async function firstServed(visit: () => Promise<void>, patienceMs: number): Promise<number> {
  const startedAt = performance.now();
  let served: number | undefined;
  while (served === undefined && performance.now() - startedAt < patienceMs) {
    void visit().then(
      () => {
        served ??= performance.now() - startedAt;
      },
      () => {},
    );
    await sleep(visitPauseMs);
  }
  return served ?? Infinity;
}
