import { eventually } from "../harness/eventually.js";
import { firstServed } from "../harness/first-served.js";
import type { Flow } from "../harness/flow.js";
import type { Transfer } from "../harness/flow-server.js";
import { minTransferBytes } from "./limits.js";
import { type Leg, legs, type Portals } from "./portal.js";

/** What one break did to the portal over one kind of legs. */
export interface Recovery {
  readonly what: string;
  readonly leg: Leg;
  /** Until bytes came again, from the end of the outage on, in milliseconds; the slower direction. */
  readonly transferMs: number;
  /** Until a new connection was served, from the end of the outage on, in milliseconds. */
  readonly visitMs: number;
  readonly movedBytes: number;
  readonly lostBytes: number;
  readonly isExact: boolean;
}

/** How measurements are printed. */
export const recoveryColumns: Readonly<Record<string, (recovery: Recovery) => string>> = {
  break: ({ what }) => what,
  legs: ({ leg }) => leg,
  "transfer back ms": ({ transferMs }) => transferMs.toFixed(0),
  "visit back ms": ({ visitMs }) => visitMs.toFixed(0),
  "moved MB": ({ movedBytes }) => (movedBytes / 1e6).toFixed(1),
  "bytes lost": ({ lostBytes }) => String(lostBytes),
};

/** Speed of each direction of each transfer: the four of them leave the processors room. */
const bytesPerSecond = 4_000_000;

/** Bytes that must have come before something breaks. */
const warmUpBytes = 1_000_000;

/** How long a break may keep a transfer from moving until the test gives up, in milliseconds. */
const patienceMs = 40_000;

/**
 * Breaks something while portals over both kinds of legs carry data both ways, and measures how they come back.
 *
 * @param damage breaks it and mends it. Resolves when service can be back; what happened before is no fault of ours.
 * @param isMomentary the break takes no time: then the longest pause counts from before the damage
 */
export async function measureRecovery(
  what: string,
  portals: Portals,
  damage: () => Promise<void>,
  isMomentary = false,
): Promise<readonly Recovery[]> {
  const transfers = await Promise.all(legs.map((leg) => portals.transfer(leg, { bytesPerSecond })));
  try {
    await moved(transfers, warmUpBytes);
    const brokenAt = performance.now();
    await damage();
    const mendedAt = performance.now();
    const visits = Promise.all(legs.map((leg) => firstVisit(portals, leg)));
    await moved(transfers, minTransferBytes, mendedAt);
    const visitMs = await visits;
    await Promise.all(transfers.map((transfer) => transfer.finish()));
    const pauseOf = (flow: Flow): number =>
      isMomentary ? flow.longestPauseSince(brokenAt) : (flow.arrivalAfter(mendedAt) ?? Infinity) - mendedAt;
    return transfers.map(({ down, up }, index) => ({
      what,
      leg: legs[index] ?? "tcp",
      transferMs: Math.max(pauseOf(down), pauseOf(up)),
      visitMs: visitMs[index] ?? Infinity,
      movedBytes: down.receivedBytes + up.receivedBytes,
      lostBytes: Math.abs(down.sentBytes - down.receivedBytes) + Math.abs(up.sentBytes - up.receivedBytes),
      isExact: down.isExact() && up.isExact(),
    }));
  } finally {
    for (const transfer of transfers) transfer.abandon();
  }
}

/** Waits until every direction has carried so many bytes, and carries since some time. */
async function moved(transfers: readonly Transfer[], bytes: number, since = 0): Promise<void> {
  const flows = transfers.flatMap((transfer) => [transfer.down, transfer.up]);
  const isDone = (): boolean =>
    flows.every((flow) => flow.receivedBytes >= bytes && flow.arrivalAfter(since) !== undefined);
  await eventually(`every direction carries ${bytes} bytes`, isDone, patienceMs).catch((error: Error) => {
    const counts = flows.map((flow) => `${flow.receivedBytes} of ${flow.sentBytes}`).join(", ");
    throw new Error(`${error.message} (${legs.join(" and ")}, down and up: ${counts})`);
  });
}

/** Tries new connections until one is served. Gives the time that took, in milliseconds. */
export function firstVisit(portals: Portals, leg: Leg): Promise<number> {
  return firstServed(() => portals.visit(leg), patienceMs);
}
