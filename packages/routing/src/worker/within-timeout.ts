/** Waits for something that never rejects, yet no longer than a time-out in milliseconds. */
export async function withinTimeout(waiting: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([waiting, timeout]);
  clearTimeout(timer);
}
