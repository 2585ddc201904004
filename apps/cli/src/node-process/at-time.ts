/** Longest sleep of a timer, in milliseconds. One minute: a clock that was set is noticed within it. */
const longestSleepMs = 60_000;

/**
 * Calls back at a time of day.
 *
 * @param atMs in milliseconds since 1970; nothing never comes
 * @returns gives it up
 */
export function atTime(atMs: number | undefined, callback: () => void): () => void {
  if (atMs === undefined) return () => {};
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const leftMs = atMs - Date.now();
    if (leftMs <= 0) callback();
    else timer = setTimeout(look, Math.min(leftMs, longestSleepMs));
  };
  look();
  return () => clearTimeout(timer);
}
