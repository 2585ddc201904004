import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../harness/eventually.js";
import { isRunning, killProcess, residentBytes } from "../harness/processes.js";
import type { Workspace } from "../harness/workspace.js";
import type { Clients } from "./client-processes.js";
import { columnMs, maxGrowthBytes, maxPeakShare, maxReturnMs, restMs } from "./limits.js";
import { acceptedSince, histogram, peakOf, relayName, watchCpu } from "./relay-node.js";

/** What a restart of the relay's node came to. */
export interface Restart {
  readonly signal: NodeJS.Signals;
  /** From the signal to the first connection that the new process accepted, in milliseconds. */
  readonly awayMs: number;
  /** From that connection until the last client was up, in milliseconds. */
  readonly returnMs: number;
  /** Connections accepted in each 100 ms. */
  readonly columns: readonly number[];
  /** Most connections within any 100 ms. */
  readonly peak: number;
  /** As `columns` and `peak`, by when the clients meant to dial: what many machines would do that are never late. */
  readonly due: { readonly columns: readonly number[]; readonly peak: number };
  /** Largest share of a core within 200 ms. */
  readonly cpuPeak: number;
  /** Processor time from the start of the process until all were back, in seconds. */
  readonly cpuSeconds: number;
  readonly bytesBefore: number;
  /** When all had been back for a while. */
  readonly bytesAfter: number;
  /** Bars that were missed, in words. */
  readonly missed: readonly string[];
}

/** Ends the relay's node by a signal, starts it again, and watches its clients come back. */
export async function restart(
  workspace: Workspace,
  clients: Clients,
  { signal, count }: { readonly signal: NodeJS.Signals; readonly count: number },
): Promise<Restart> {
  const oldPid = pidOf(workspace);
  const bytesBefore = residentBytes(oldPid);
  const endedAt = Date.now();
  killProcess(oldPid, signal);
  await eventually("the old process has ended", () => !isRunning(oldPid));
  const startedAt = Date.now();
  const started = workspace.ok(`node start ${relayName}`);
  const newPid = await eventually("the new process is there", () => newPidOf(workspace, oldPid));
  const cpu = watchCpu(newPid);
  await started;
  // Twice the bar, so that a miss is measured and not only told.
  const backAt = await clients.untilAllUp(2 * maxReturnMs);
  const { peak: cpuPeak, seconds } = cpu.end();
  await sleep(restMs);
  const times = acceptedSince(workspace, startedAt);
  const due = clients.dueSince(startedAt);
  const result = {
    signal,
    awayMs: (times[0] ?? Number.NaN) - endedAt,
    returnMs: backAt - (times[0] ?? Number.NaN),
    columns: histogram(times),
    peak: peakOf(times),
    due: { columns: histogram(due), peak: peakOf(due) },
    cpuPeak,
    cpuSeconds: seconds,
    bytesBefore,
    bytesAfter: residentBytes(newPid),
  };
  return { ...result, missed: missedBars(result, count) };
}

function missedBars(result: Omit<Restart, "missed">, count: number): string[] {
  const missed: string[] = [];
  // Not a number counts as missed.
  if (!(result.returnMs <= maxReturnMs)) missed.push(`all back only after ${result.returnMs} ms`);
  if (result.peak > count * maxPeakShare) {
    missed.push(`${result.peak} connections within ${columnMs} ms, more than ${count * maxPeakShare}`);
  }
  if (result.bytesAfter - result.bytesBefore > maxGrowthBytes) missed.push("the relay's memory grew");
  return missed;
}

function pidOf({ home }: Workspace): number {
  const text = readFileSync(join(home, "state", relayName, "process.json"), "utf8");
  return (JSON.parse(text) as { pid: number }).pid;
}

function newPidOf(workspace: Workspace, oldPid: number): number | undefined {
  const pid = pidOf(workspace);
  return pid === oldPid ? undefined : pid;
}
