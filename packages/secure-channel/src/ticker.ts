/** Calls back again and again until the returned function is called. Alone it keeps no process alive. */
export function every(periodMs: number, callback: () => void): () => void {
  const timer = setInterval(callback, periodMs);
  (timer as unknown as { unref?: () => void }).unref?.();
  return () => clearInterval(timer);
}
