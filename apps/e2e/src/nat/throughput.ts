import { setTimeout as sleep } from "node:timers/promises";
import type { Portals, Way } from "./portal.js";

/** How a transfer of so many bytes each way went. */
export interface Throughput {
  readonly what: string;
  readonly way: Way;
  /** The slower direction, in bytes per second. */
  readonly bytesPerSecond: number;
  /** The slowest new connection meanwhile, in milliseconds. */
  readonly visitMs: number;
  readonly movedBytes: number;
  readonly lostBytes: number;
  readonly isExact: boolean;
}

/** How measurements are printed. */
export const throughputColumns: Readonly<Record<string, (throughput: Throughput) => string>> = {
  line: ({ what }) => what,
  way: ({ way }) => way,
  "MB/s each way": ({ bytesPerSecond }) => (bytesPerSecond / 1e6).toFixed(2),
  "slowest visit ms": ({ visitMs }) => visitMs.toFixed(0),
  "moved MB": ({ movedBytes }) => (movedBytes / 1e6).toFixed(1),
  "bytes lost": ({ lostBytes }) => String(lostBytes),
};

/** More than any line here carries. */
const fullSpeed = 40_000_000;

/** Time between two visits, in milliseconds. */
const visitPauseMs = 250;

/** Moves so many bytes each way as fast as the path allows, with a visitor now and then. */
export async function measureTransfer(
  what: string,
  portals: Portals,
  way: Way,
  maxBytes: number,
): Promise<Throughput> {
  const startedAt = performance.now();
  const transfer = await portals.transfer(way, { bytesPerSecond: fullSpeed, maxBytes });
  const { down, up, drained } = transfer;
  try {
    const visitMs = await slowestVisitUntil(drained, portals, way);
    const tookMs = performance.now() - startedAt;
    return {
      what,
      way,
      bytesPerSecond: (Math.min(down.receivedBytes, up.receivedBytes) / tookMs) * 1_000,
      visitMs,
      movedBytes: down.receivedBytes + up.receivedBytes,
      lostBytes: Math.abs(down.sentBytes - down.receivedBytes) + Math.abs(up.sentBytes - up.receivedBytes),
      isExact: down.isExact() && up.isExact(),
    };
  } finally {
    transfer.abandon();
  }
}

async function slowestVisitUntil(over: Promise<unknown>, portals: Portals, way: Way): Promise<number> {
  let isOver = false;
  const ended = over.finally(() => {
    isOver = true;
  });
  ended.catch(() => {});
  let slowest = 0;
  while (!isOver) {
    const startedAt = performance.now();
    await portals.visit(way);
    slowest = Math.max(slowest, performance.now() - startedAt);
    await Promise.race([sleep(visitPauseMs), ended]);
  }
  await ended;
  return slowest;
}
