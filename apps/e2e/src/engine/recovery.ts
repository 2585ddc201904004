import { setTimeout as sleep } from "node:timers/promises";
import { patienceMs } from "../harness/limits.js";
import { eventually, firstServed, within } from "../harness/waiting.js";
import type { Chain } from "./chain.js";
import type { Fault } from "./faults.js";
import type { Side } from "./side.js";
import { type Stream, untilOver } from "./streams.js";
import { judge, lostBytes } from "./verdict.js";

/** Bytes that each direction carries before a fault, and after it. */
export const warmUpBytes = 300_000;

/** Speed of each direction of a transfer during a fault, in bytes per second: leaves a shared machine room. */
export const transferBytesPerSecond = 4_000_000;

/** Longest time an outlet keeps a stream whose inlet is gone, with room, in milliseconds: the resume time-out is 60 s. */
const orphanedStreamMs = 75_000;

/** Something that carries bytes while a fault comes and goes: both directions of a stream, or a download. */
export interface Carrier {
  readonly receivers: readonly Pick<Side, "receivedBytes" | "arrivalAfter" | "longestPauseSince">[];
  /** Lets it end in good order. Gives the bytes that were lost or changed, and rejects if it broke. */
  finish(): Promise<number>;
}

/** How something came back. Times in milliseconds, from the end of the fault; Infinity when it never did. */
export interface Recovery {
  readonly recoverMs: number;
  readonly lostBytes: number;
}

/** How a fault comes and goes while something carries. */
export interface Outage {
  /** When service could be back, as of `performance.now`. */
  readonly mendedAt: number;
  /** Then the longest pause since `mendedAt` counts. */
  readonly isMomentary?: boolean | undefined;
  /** How long it is watched after service is back, in milliseconds. Default: not at all. */
  readonly watchMs?: number | undefined;
}

/** A way that something goes, and what carries on it. */
export interface Way {
  readonly carrier: Carrier;
  readonly probe: () => Promise<unknown>;
}

/** Lets something happen that all carriers must outlive, and measures until each of them, and new visitors, are served again. */
export async function outlive(ways: readonly Way[], happen: () => Promise<Outage>): Promise<Recovery[]> {
  await moved(ways);
  const { mendedAt, isMomentary, watchMs = 0 } = await happen();
  const since = isMomentary ? performance.now() : mendedAt;
  const probes = ways.map(async ({ probe }) => performance.now() - since + (await firstServed(probe)));
  await moved(ways, mendedAt);
  await sleep(watchMs);
  return Promise.all(
    ways.map(async ({ carrier }, index) => {
      const pauses = carrier.receivers.map((receiver) =>
        isMomentary ? receiver.longestPauseSince(mendedAt) : receiver.arrivalAfter(mendedAt) - mendedAt,
      );
      const recoverMs = Math.max((await probes[index]) ?? Infinity, ...pauses);
      return { recoverMs, lostBytes: await within("the transfer ends", carrier.finish(), 3 * patienceMs) };
    }),
  );
}

/** Waits until all receivers have got some bytes more, and some after a time. */
async function moved(ways: readonly Way[], since = 0): Promise<void> {
  const receivers = ways.flatMap(({ carrier }) => carrier.receivers);
  const goals = receivers.map(({ receivedBytes }) => receivedBytes + warmUpBytes);
  const hasMoved = (): boolean =>
    receivers.every(
      (one, index) => one.receivedBytes >= (goals[index] ?? 0) && one.arrivalAfter(since) < Infinity,
    );
  await eventually(`${receivers.length} directions carry ${warmUpBytes} bytes`, hasMoved, patienceMs);
}

/** Waits until the target has a stream; gives both directions as what carries. */
export async function carrierOf(stream: Stream): Promise<Carrier> {
  const { visitor } = stream;
  const target = await eventually("the target has the stream", () => stream.target, patienceMs);
  const finish = async (): Promise<number> => {
    for (const side of [visitor, target]) side.stop();
    await untilOver(stream, patienceMs);
    const { outcome, violations } = judge(stream, []);
    const lost = lostBytes(stream);
    if (outcome !== "exact" && lost === 0) throw new Error(`The transfer came out ${outcome}: ${violations}`);
    return lost;
  };
  return { receivers: [visitor, target], finish };
}

/** What one injection of a fault did. Times in milliseconds; Infinity when it never came. */
export interface Injection {
  /** From the fault to the moment somebody was told; absent where nobody has to be. */
  readonly detectMs?: number;
  /** From the end of the fault to full service; absent where service never stopped. */
  readonly recoverMs?: number;
  /** Bytes missing or changed on streams whose end was in good order. Default: 0. */
  readonly lostBytes?: number;
  /** What else is worth telling. */
  readonly note?: string;
  /** What went wrong instead of being measured. */
  readonly failure?: string;
}

/** How long a fault lasts, in milliseconds. */
export interface Duration {
  /** After it was noticed, if it is to be. Default: 0. */
  readonly lastsMs?: number;
  /** Default: it lasts until all that must notice it did. */
  readonly isUnnoticed?: boolean;
  readonly watchMs?: number;
}

/** Injects a fault into a chain during a transfer, or beside another carrier, and measures how everybody hears of it and comes back. */
export async function inject(
  chain: Chain,
  fault: Fault,
  duration: Duration = {},
  given?: Carrier,
): Promise<Injection> {
  const { lastsMs = 0, isUnnoticed = false, watchMs } = duration;
  const stream = given ?? (await chain.streams.transfer(chain.enter, transferBytesPerSecond));
  const carrier = "finish" in stream ? stream : await carrierOf(stream);
  const way = { carrier, probe: chain.probe };
  let detectMs: number | undefined;
  const happen = async (): Promise<Outage> => {
    const noticedBy = isUnnoticed ? [] : (fault.noticedBy ?? []);
    const places = noticedBy.map((node) => chain.logEnd(node));
    const [startedAt, begunAt] = [Date.now(), performance.now()];
    await fault.begin();
    const told = noticedBy.map((node, index) => chain.logged(node, places[index] ?? 0, /^Connection lost$/));
    if (told.length > 0) detectMs = Math.max(0, Math.max(...(await Promise.all(told))) - startedAt);
    await sleep(lastsMs);
    const mended = await fault.mend?.();
    const mendedAt = typeof mended === "number" ? mended : performance.now();
    return { mendedAt: fault.isMomentary ? begunAt : mendedAt, isMomentary: fault.isMomentary, watchMs };
  };
  const told = (): { detectMs?: number } => (detectMs === undefined ? {} : { detectMs });
  if (fault.costs === "path") {
    const [recovery] = await outlive([way], happen);
    return { ...told(), recoverMs: Infinity, ...recovery };
  }
  if ("finish" in stream) throw new Error("Only streams can be judged that a fault costs");
  await moved([way]);
  const at = performance.now();
  const { mendedAt } = await happen();
  const recoverMs = performance.now() - mendedAt + (await firstServed(chain.probe));
  // The end that is left may wait for the other one as long as its resume time-out is.
  chain.checkLater(checkBroken(stream, { ...fault, at }));
  return { ...told(), recoverMs };
}

/** A stream whose end or target is gone must be reset, and never look as if it were whole. */
async function checkBroken(stream: Stream, fault: Fault & { readonly at: number }): Promise<void> {
  await untilOver(stream, orphanedStreamMs);
  const { outcome, violations } = judge(stream, [fault]);
  if (violations.length > 0 || outcome === "exact")
    throw new Error(`A broken transfer came out ${outcome}: ${violations}`);
}
