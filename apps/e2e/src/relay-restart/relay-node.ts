import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cpuSeconds } from "../harness/processes.js";
import type { Workspace } from "../harness/workspace.js";
import { columnMs, sampleMs } from "./limits.js";

/** The name of the relay's node. */
export const relayName = "relay";

/** Times at which the relay's node accepted connections since a moment, by its own log, in milliseconds since 1970. */
export function acceptedSince({ home }: Workspace, since: number): number[] {
  const folder = join(home, "nodes", relayName);
  return readdirSync(folder)
    .filter((name) => /^stdout.*\.log$/.test(name))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
    .map((line) => (line.includes('"Connection accepted"') ? acceptedAt(line) : Number.NaN))
    .filter((at) => at >= since)
    .sort((one, other) => one - other);
}

function acceptedAt(line: string): number {
  return Date.parse((JSON.parse(line) as { time: string }).time);
}

/** How many times fall into each column from the first one on. */
export function histogram(times: readonly number[]): readonly number[] {
  const [first = 0] = times;
  const columns: number[] = [];
  for (const time of times) {
    const column = Math.floor((time - first) / columnMs);
    columns[column] = (columns[column] ?? 0) + 1;
  }
  return Array.from(columns, (count) => count ?? 0);
}

/** Most times within any stretch of one column's width, wherever it begins. */
export function peakOf(times: readonly number[]): number {
  let peak = 0;
  for (let first = 0, last = 0; last < times.length; last++) {
    while ((times[last] as number) - (times[first] as number) >= columnMs) first++;
    peak = Math.max(peak, last - first + 1);
  }
  return peak;
}

/** Processor time of a process, sampled. */
export interface CpuWatch {
  /** Ends it. `peak` is the largest share of one core within a sample, from 0; `seconds` the processor time. */
  end(): { readonly peak: number; readonly seconds: number };
}

/** Watches a process from now on. */
export function watchCpu(pid: number): CpuWatch {
  const atStart = cpuSeconds(pid);
  let peak = 0;
  let last = { cpu: atStart, at: performance.now() };
  const timer = setInterval(() => {
    const now = { cpu: cpuSeconds(pid), at: performance.now() };
    peak = Math.max(peak, ((now.cpu - last.cpu) * 1_000) / (now.at - last.at));
    last = now;
  }, sampleMs);
  return {
    end: () => {
      clearInterval(timer);
      return { peak, seconds: cpuSeconds(pid) - atStart };
    },
  };
}
