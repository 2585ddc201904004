import { CulvertError } from "@x/core";

/** What bounds an attempt to dial. */
export interface DialLimit {
  /** Longest time, in milliseconds. */
  readonly timeoutMs: number;
  /** Gives up the attempt. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does the work of a dial within its limits. The work is given a signal and rejects with its reason when it is aborted.
 *
 * @param where the place as it was dialled, for errors
 * @throws CulvertError ABORTED, CONNECTION_TIMED_OUT; whatever the work throws
 */
export async function withinDialLimit<Result>(
  where: string,
  { timeoutMs, signal }: DialLimit,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  if (signal?.aborted) throw givenUp(where);
  const limit = new AbortController();
  const giveUp = (): void => limit.abort(givenUp(where));
  const timer = setTimeout(() => limit.abort(timedOut(where, timeoutMs)), timeoutMs);
  signal?.addEventListener("abort", giveUp);
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}

/** Waits for work that cannot be stopped, until a signal says that nobody wants it any more. */
export async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let onAbort: () => void = () => {};
  const given = new Promise<never>((_, reject) => {
    onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([work, given]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The error of an attempt that its caller gave up. */
export function givenUp(where: string): CulvertError {
  return new CulvertError("ABORTED", `Cannot connect to ${where}: the attempt was given up`);
}

function timedOut(where: string, limitMs: number): CulvertError {
  return new CulvertError(
    "CONNECTION_TIMED_OUT",
    `Cannot connect to ${where}: no answer within ${limitMs} ms`,
  );
}
