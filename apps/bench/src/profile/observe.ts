import type { Chain } from "../chains/chain.js";
import { entryOf, type NamedChain, waitForQuiet } from "../rows/measure.js";
import type { Bench } from "../rows/row.js";
import { type CpuProfile, shareOut, type TimeShares } from "./cpu-profile.js";
import { countsOf, difference, type ProcessCounts } from "./process-counts.js";
import { profileFolder, readProfile } from "./profile-files.js";
import { countSystemCalls, type SystemCalls } from "./system-calls.js";

/** One stream down without end, or requests of 100 bytes one at a time. */
export type ObservedLoad = "bulk" | "request";

/** What one process did. */
export interface ObservedProcess {
  readonly name: string;
  /** What the system counted while nothing slowed the chain down. */
  readonly counts: ProcessCounts;
  /** All system calls per megabyte or request, traced in a run of their own. Nothing while profiles are written. */
  readonly callsPerUnit?: SystemCalls;
  /** Where its time went, when profiles are written. */
  readonly time?: TimeShares;
}

/** What all processes of a chain did under a load. */
export interface Observation {
  readonly chain: string;
  readonly load: ObservedLoad;
  /** Megabytes or requests that arrived while `counts` were taken. */
  readonly units: number;
  readonly seconds: number;
  readonly processes: readonly ObservedProcess[];
}

const warmUpMs = 2_000;
const observeMs = 3_000;
const traceMs = 1_500;

/** Visitor side first. The pipes are started from the target's side. */
const processNames: Readonly<Record<string, readonly string[]>> = {
  culvert: ["inlet", "relay", "outlet"],
  pipes: ["pipe 3", "pipe 2", "pipe 1"],
};

/** Puts a load on a chain of its own and watches its processes. */
export async function observe(bench: Bench, chain: Chain, load: ObservedLoad): Promise<Observation> {
  const profiles = profileFolder();
  const running: NamedChain = { name: chain.name, ...(await chain.start(bench.targets)) };
  let observed: Observation;
  try {
    await carry(bench, running, load, warmUpMs);
    observed = await countAll(bench, running, load);
    if (profiles === undefined) observed = await withSystemCalls(bench, running, observed);
  } finally {
    await running.close();
  }
  return profiles === undefined ? observed : withProfiles(profiles, running.pids, observed);
}

async function countAll(bench: Bench, chain: NamedChain, load: ObservedLoad): Promise<Observation> {
  const before = chain.pids.map(countsOf);
  const startedAt = performance.now();
  const units = await carry(bench, chain, load, observeMs);
  const seconds = (performance.now() - startedAt) / 1_000;
  const processes = chain.pids.map((pid, index) => ({
    name: processNames[chain.name]?.[index] ?? `process ${index + 1}`,
    counts: difference(countsOf(pid), before[index] ?? countsOf(pid)),
  }));
  return { chain: chain.name, load, units, seconds, processes };
}

/** Carries the load for a time and gives the megabytes or requests that arrived, from the first to the last. */
async function carry(bench: Bench, chain: NamedChain, load: ObservedLoad, timeMs: number): Promise<number> {
  const port = entryOf(chain);
  if (load === "request") {
    const { count } = await bench.client.call("measureRequests", { port, timeMs, warmUp: 0 });
    await waitForQuiet(bench, chain.name);
    return count;
  }
  const { bytes } = await bench.client.call("download", { port, streams: 1, rampMs: 0, timeMs });
  await waitForQuiet(bench, chain.name);
  return bytes / 1e6;
}

async function withSystemCalls(bench: Bench, chain: NamedChain, observed: Observation): Promise<Observation> {
  const processes: ObservedProcess[] = [];
  for (const [index, one] of observed.processes.entries()) {
    let units = 0;
    const calls = await countSystemCalls(chain.pids[index] ?? 0, async () => {
      units = await carry(bench, chain, observed.load, traceMs);
    });
    const callsPerUnit = new Map([...calls].map(([name, count]) => [name, count / units]));
    processes.push({ ...one, callsPerUnit });
  }
  return { ...observed, processes };
}

function withProfiles(folder: string, pids: readonly number[], observed: Observation): Observation {
  const processes = observed.processes.map((one, index) => {
    const profile: CpuProfile | undefined = readProfile(folder, pids[index] ?? 0);
    return profile === undefined ? one : { ...one, time: shareOut(profile) };
  });
  return { ...observed, processes };
}
