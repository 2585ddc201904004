import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** One direction of a long path: each byte arrives late, and no faster than the path is wide. */
export interface DelayLineOptions {
  /** How late a chunk arrives, in milliseconds. */
  readonly delayMs: number;
  /** How wide the path is. */
  readonly bytesPerSecond: number;
}

/** Most bytes that wait for their turn on the path, as time, in milliseconds: what a router's buffer holds. */
const maxBacklogMs = 20;

/** Carries what one socket receives to another, late. Stops reading while the path or the receiver is full. */
export function delayBytes(from: Socket, to: Socket, { delayMs, bytesPerSecond }: DelayLineOptions): void {
  let freeAt = 0;
  let last: Promise<unknown> = Promise.resolve();
  const deliver = async (dueAt: number, chunk: Uint8Array | undefined): Promise<void> => {
    const waitMs = dueAt - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    if (chunk === undefined) to.end();
    else if (to.writable && !to.write(chunk)) await Promise.race([once(to, "drain"), once(to, "close")]);
    if (freeAt - performance.now() < maxBacklogMs / 2) from.resume();
  };
  const accept = (chunk?: Uint8Array): void => {
    freeAt = Math.max(freeAt, performance.now()) + ((chunk?.length ?? 0) / bytesPerSecond) * 1_000;
    const dueAt = freeAt + delayMs;
    last = last.then(() => deliver(dueAt, chunk)).catch(() => from.destroy());
    if (freeAt - performance.now() > maxBacklogMs) from.pause();
  };
  from.on("data", accept);
  from.on("end", () => accept());
}
