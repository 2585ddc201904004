import { cpus, release, totalmem, type } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { machineTicks } from "./process/usage.js";
import type { Machine } from "./report/results.js";

const watchMs = 1_000;

/** Describes the machine, after watching for a second how busy it is with other things. */
export async function describeMachine(): Promise<Machine> {
  const before = machineTicks();
  await sleep(watchMs);
  const after = machineTicks();
  const total = after.total - before.total;
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    busyBefore: total === 0 ? 0 : (after.busy - before.busy) / total,
  };
}
