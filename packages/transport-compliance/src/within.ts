import { AssertionError } from "node:assert";

/**
 * Waits for a promise, but not for ever.
 *
 * @throws AssertionError naming what did not happen in time
 */
export async function within<T>(limitMs: number, what: string, promise: Promise<T>): Promise<T> {
  if (await settlesWithin(limitMs, promise)) return promise;
  const message = `${what} did not happen in time, waited ${Math.round(limitMs)} ms`;
  throw new AssertionError({ message });
}

/** Waits for a promise and says whether it settled in time. Never rejects. */
export async function settlesWithin(limitMs: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<false>((resolve) => {
    timer = setTimeout(passTurns, limitMs, turnsAfterLimit, () => resolve(false));
  });
  const settled = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Where the whole process stood still, timers are late and come before sockets: those get their turn first. */
const turnsAfterLimit = 10;

function passTurns(count: number, then: () => void): void {
  if (count === 0) then();
  else setImmediate(passTurns, count - 1, then);
}

/** Lets time pass, to watch for what must not happen. Never use it to wait for what must. */
export function watchFor(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
