import { setTimeout as sleep } from "node:timers/promises";
import type { Chain, RunningChain } from "../chains/chain.js";
import type { Series } from "../report/results.js";
import { summarize } from "../report/statistics.js";
import type { Bench } from "./row.js";

/** What was measured on several chains, and what went wrong. */
export interface Measured {
  readonly series: readonly Series[];
  readonly notes: readonly string[];
}

/** Something to measure in rounds. */
export interface Subject {
  readonly name: string;
  measure(): Promise<number>;
}

/** A chain that runs, under its name. */
export interface NamedChain extends RunningChain {
  readonly name: string;
}

/** Measures each subject once per round, in turn: A B C A B C. One that fails leaves the row with a note. */
export async function measureInterleaved(
  bench: Bench,
  subjects: readonly Subject[],
  rounds: number = bench.settings.rounds,
): Promise<Measured> {
  const values = new Map<string, number[]>(subjects.map(({ name }) => [name, []]));
  const failed = new Map<string, string>();
  for (let round = 0; round < rounds; round++) {
    for (const { name, measure } of subjects) {
      if (failed.has(name)) continue;
      try {
        values.get(name)?.push(await measure());
      } catch (error) {
        failed.set(name, `${name} failed in round ${round + 1}: ${(error as Error).message}`);
      }
    }
  }
  const series = subjects.map(({ name }) => ({
    name,
    ...summarize(failed.has(name) ? [] : (values.get(name) ?? [])),
  }));
  return { series, notes: [...failed.values()] };
}

/** Starts all chains, runs the task with them, and ends them whatever happens. One that does not start gets a note. */
export async function withChains<T>(
  bench: Bench,
  chains: readonly Chain[],
  task: (running: readonly NamedChain[], notes: readonly string[]) => Promise<T>,
): Promise<T> {
  const running: NamedChain[] = [];
  const notes: string[] = [];
  try {
    for (const chain of chains) {
      try {
        running.push({ name: chain.name, ...(await chain.start(bench.targets)) });
      } catch (error) {
        notes.push(`${chain.name} did not start: ${(error as Error).message}`);
      }
    }
    return await task(running, notes);
  } finally {
    await Promise.all(running.map((chain) => chain.close()));
  }
}

/** The port that leads to one of the two servers. */
export function entryOf(chain: RunningChain, server: 0 | 1 = 0): number {
  return chain.entries[server] ?? 0;
}

/** A series by name, or an empty one, which passes no check. */
export function seriesOf(measured: Measured, name: string): Series {
  return measured.series.find((series) => series.name === name) ?? { name, ...summarize([]) };
}

const quietTimeoutMs = 5_000;

/** Waits until both servers have no connection left, so that one measurement's rest does not burden the next. */
export async function waitForQuiet(bench: Bench): Promise<void> {
  for (const endsAt = performance.now() + quietTimeoutMs; performance.now() < endsAt; await sleep(5)) {
    const open = await Promise.all(
      [bench.server, bench.otherServer].map((role) => role.call("connections", undefined)),
    );
    if (open.every((count) => count === 0)) return;
  }
}
