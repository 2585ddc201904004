import type { Socket } from "node:net";

/** One direction of a long path: each byte arrives late, and no faster than the path is wide. */
export interface DelayLineOptions {
  /** How late a chunk arrives, in milliseconds. */
  readonly delayMs: number;
  /** How wide the path is. */
  readonly bytesPerSecond: number;
}

/** Most bytes that wait for their turn on the path, as time, in milliseconds: what a router's buffer holds. */
const maxBacklogMs = 20;

interface Delayed {
  readonly dueAt: number;
  /** Nothing stands for the end of the stream. */
  readonly chunk: Uint8Array | undefined;
}

/** Carries what one socket receives to another, late. Stops reading while the path or the receiver is full. */
export function delayBytes(from: Socket, to: Socket, { delayMs, bytesPerSecond }: DelayLineOptions): void {
  const queue: Delayed[] = [];
  let freeAt = 0;
  let blocked = false;
  let timer: NodeJS.Timeout | undefined;

  const accept = (chunk: Uint8Array | undefined): void => {
    const now = performance.now();
    freeAt = Math.max(freeAt, now) + ((chunk?.length ?? 0) / bytesPerSecond) * 1_000;
    queue.push({ dueAt: freeAt + delayMs, chunk });
    if (freeAt - now > maxBacklogMs) from.pause();
    schedule();
  };
  const schedule = (): void => {
    const [next] = queue;
    if (next === undefined || blocked || timer !== undefined) return;
    timer = setTimeout(release, Math.max(0, next.dueAt - performance.now()));
  };
  const release = (): void => {
    timer = undefined;
    const now = performance.now();
    for (let next = queue[0]; next !== undefined && next.dueAt <= now && !blocked; next = queue[0]) {
      queue.shift();
      if (next.chunk === undefined) to.end();
      else blocked = !to.write(next.chunk);
    }
    // A receiver that does not read holds up the path: what waits then counts as backlog.
    if (!blocked && freeAt - now < maxBacklogMs / 2) from.resume();
    schedule();
  };
  from.on("data", accept);
  from.on("end", () => accept(undefined));
  to.on("drain", () => {
    blocked = false;
    release();
  });
  to.on("close", () => {
    clearTimeout(timer);
    queue.length = 0;
  });
}
