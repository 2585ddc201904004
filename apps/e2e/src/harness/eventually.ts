import { setTimeout as sleep } from "node:timers/promises";
import { healTimeoutMs } from "./limits.js";

const pauseMs = 25;

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
  throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`, { cause });
}
