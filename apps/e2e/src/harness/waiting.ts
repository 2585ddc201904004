import { setTimeout as sleep } from "node:timers/promises";
import { healTimeoutMs, patienceMs } from "./limits.js";

const pauseMs = 25;

/** Time between two visits that are tried, in milliseconds. */
const visitPauseMs = 50;

/**
 * Resolves with the first value that is not false or nothing, trying again until then.
 *
 * @throws Error after the limit, with what the last try threw as its cause
 */
export async function eventually<T>(
  what: string,
  attempt: () => Promise<T | false | undefined> | T | false | undefined,
  timeoutMs: number = healTimeoutMs,
): Promise<T> {
  let cause: unknown;
  for (const endsAt = performance.now() + timeoutMs; performance.now() < endsAt; await sleep(pauseMs)) {
    try {
      const value = await attempt();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      cause = error;
    }
  }
  throw new Error(`Waited ${timeoutMs} ms in vain: ${what}${cause ? `: ${String(cause)}` : ""}`, { cause });
}

/** @throws Error if the promise does not settle in time */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  timeoutMs: number = patienceMs,
): Promise<T> {
  const timer = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`);
  });
  late.catch(() => {});
  return Promise.race([promise, late]).finally(() => timer.abort());
}

/**
 * Tries visits until one is served: one after another begins, and none waits for those before it.
 * Gives the time that took, in milliseconds; Infinity when none was served in time.
 */
export async function firstServed(visit: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  let served: number | undefined;
  const serve = (): void => {
    served ??= performance.now() - startedAt;
  };
  while (served === undefined && performance.now() - startedAt < patienceMs) {
    void visit().then(serve, () => {});
    await sleep(visitPauseMs);
  }
  return served ?? Infinity;
}
