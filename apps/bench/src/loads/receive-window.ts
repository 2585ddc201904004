import { setTimeout as sleep } from "node:timers/promises";

/** When to count: the ramp lets windows and compilers settle and is not counted. */
export interface ReceiveWindow {
  readonly rampMs: number;
  readonly timeMs: number;
}

/** Bytes that arrived in a time. The receiver's own clock is read, so a late timer changes nothing. */
export interface Received {
  readonly bytes: number;
  readonly seconds: number;
}

/** Counts what arrives within the window. */
export async function countReceived(bytesSoFar: () => number, window: ReceiveWindow): Promise<Received> {
  await sleep(window.rampMs);
  const [bytes, time] = [bytesSoFar(), performance.now()];
  await sleep(window.timeMs);
  return { bytes: bytesSoFar() - bytes, seconds: (performance.now() - time) / 1_000 };
}
