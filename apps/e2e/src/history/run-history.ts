import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../harness/eventually.js";
import { openRelayedPortal, type RelayedPortal } from "../harness/relayed-portal.js";
import { type Clients, makeClients } from "./clients.js";
import { Content } from "./content.js";
import { type FaultChoice, planFaults } from "./fault-plan.js";
import { type DoneFault, runFaults } from "./fault-run.js";
import { grownLevels, type Levels, type NodePlace, type Places, settledLevels } from "./levels.js";
import {
  firstSettleLimitMs,
  paceBytesPerSecond,
  settleLimitMs,
  sweepMs,
  warmUpMs as usualWarmUpMs,
} from "./limits.js";
import { watchMemory } from "./memory-watch.js";
import { Pace } from "./pace.js";
import type { HistoryReport } from "./report.js";
import { StreamHistory } from "./stream-history.js";
import type { StreamPlan } from "./stream-plan.js";
import { startCheckingTarget } from "./target.js";

/** What a run is made of. */
export interface HistoryOptions {
  readonly seed: number;
  /** How long faults come, in minutes. */
  readonly minutes: number;
  readonly clients: number;
  /** Which faults come. Default: all. */
  readonly choice?: FaultChoice;
  /** Plans each stream. Default: all patterns. */
  readonly plan?: (seed: number, client: number, index: number) => StreamPlan;
  /** Load before the first levels are taken, in milliseconds. Default 15,000. */
  readonly warmUpMs?: number;
  /** Ends the faults early; the run still settles and reports. */
  readonly signal?: AbortSignal;
  /** Told now and then how far the run is. */
  readonly onProgress?: (text: string) => void;
}

const minuteMs = 60_000;

/**
 * Runs three nodes, clients and faults for a while, and tells what came of every stream.
 * What it started ends with the running test or program.
 */
export async function runHistory(options: HistoryOptions): Promise<HistoryReport> {
  const { seed, clients: count } = options;
  const startedAt = new Date().toISOString();
  const history = new StreamHistory();
  const sweeper = setInterval(() => history.sweep(), sweepMs);
  const context = { content: new Content(seed), pace: new Pace(paceBytesPerSecond) };
  const target = await startCheckingTarget(history, context);
  const portal = await openRelayedPortal(target, { nodeArguments: "--http-server" });
  const pids = { ...portal.pids };
  const clients = makeClients({
    seed,
    clients: count,
    port: portal.port,
    history,
    context,
    plan: options.plan,
  });
  const memory = watchMemory(pids);
  const tell = (text: string): void => options.onProgress?.(`${progressOf(history)}; ${text}`);
  try {
    tell("warming up without faults");
    const before = await firstLevels(clients, portal, options.warmUpMs ?? usualWarmUpMs);
    tell("faults begin");
    clients.start();
    const system = { portal, target, pids };
    const planned = planFaults(seed, options.choice);
    const { signal, clear } = endOf(options);
    const faults = await runFaults({
      seed,
      faults: planned,
      system,
      history,
      context,
      signal,
      onFault: tell,
    });
    clear();
    tell("waiting for all streams to be over");
    const endedAt = history.now();
    await allOver(clients, history);
    const after = await lastLevels(before, portal, history);
    const levels = { before, after, highestMemory: memory.highest };
    return reportOf(options, history, { startedAt, faults, levels, settledMs: history.now() - endedAt });
  } finally {
    clearInterval(sweeper);
    memory.close();
  }
}

/** Load without faults, and then what the nodes hold when it is over. */
async function firstLevels(clients: Clients, portal: RelayedPortal, warmUpMs: number): Promise<Levels> {
  clients.start();
  await sleep(warmUpMs);
  await clients.stop();
  const isStill = (now: Levels, before: Levels | undefined): boolean =>
    before !== undefined &&
    [now.near, now.relay, now.far].every(({ streams }) => streams === 0) &&
    grownLevels(before, now).length === 0;
  return settledLevels(await placesOf(portal), isStill, firstSettleLimitMs);
}

/** Resolves when no stream is open any more on either side. Streams that stand still are given up meanwhile. */
async function allOver(clients: Clients, history: StreamHistory): Promise<void> {
  const over = clients.stop();
  try {
    await eventually("all streams are over", () => history.openStreams === 0, settleLimitMs);
    await over;
  } catch {
    history.violateOpen(`was still open ${settleLimitMs} ms after the last fault`);
  }
}

async function lastLevels(before: Levels, portal: RelayedPortal, history: StreamHistory): Promise<Levels> {
  const isAsBefore = (now: Levels): boolean => grownLevels(before, now).length === 0;
  const after = await settledLevels(await placesOf(portal), isAsBefore, settleLimitMs);
  for (const grown of grownLevels(before, after)) history.violate(`a level is not as before: ${grown}`);
  history.finish();
  return after;
}

/** Restarted nodes have new processes, and maybe new ports for HTTP. */
async function placesOf({ workspace }: RelayedPortal): Promise<Places> {
  const placeOf = async (node: string): Promise<NodePlace> => {
    const view = await workspace.json<{ pid: number; http_server_address: string }>(`node show ${node}`);
    return { pid: view.pid, http: view.http_server_address };
  };
  const [near, relay, far] = await Promise.all([placeOf("near"), placeOf("relay"), placeOf("far")]);
  return { near, relay, far };
}

/** Aborted when the time is up or the run is to end early. `AbortSignal.any` forgets time-outs in Node.js 20. */
function endOf({ minutes, signal }: HistoryOptions): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const end = (): void => controller.abort();
  const timer = setTimeout(end, minutes * minuteMs);
  signal?.addEventListener("abort", end);
  const clear = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  };
  return { signal: controller.signal, clear };
}

function progressOf({ now, tally, violationCount }: StreamHistory): string {
  const megabytes = Math.round(tally.receivedBytes / 1_000_000);
  return `${Math.round(now() / 1_000)} s, ${tally.streams} streams, ${megabytes} MB, ${violationCount} violations`;
}

function reportOf(
  { seed, minutes, clients }: HistoryOptions,
  history: StreamHistory,
  rest: Pick<HistoryReport, "startedAt" | "levels" | "settledMs"> & { readonly faults: readonly DoneFault[] },
): HistoryReport {
  const { tally, violationCount, violations } = history;
  const { streams, exactBytes, receivedBytes, longestStandstillMs } = tally;
  const outcomes = Object.fromEntries(
    [...tally.outcomes].map(([outcome, patterns]) => [outcome, Object.fromEntries(patterns)]),
  );
  const run = { seed, minutes, clients, tookMs: history.now(), pausedMs: history.pausedMs };
  const counted = { streams, exactBytes, receivedBytes, longestStandstillMs, outcomes };
  return { ...run, ...counted, ...rest, violationCount, violations };
}
