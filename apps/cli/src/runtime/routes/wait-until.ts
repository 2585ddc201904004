/** Time between two looks, in milliseconds. 5: less than a command takes to start, and no load for one waiter. */
const lookEveryMs = 5;

/**
 * Looks until something is so, `timeoutMs` at most, or until the signal is aborted.
 * For states that many events can change; resolves with whether it is so at the end.
 */
export function waitUntil(isSo: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  return new Promise((resolve) => {
    const look = (): void => {
      const isOver = performance.now() >= deadline || signal?.aborted === true;
      if (isSo() || isOver) resolve(isSo());
      else setTimeout(look, lookEveryMs);
    };
    look();
  });
}
