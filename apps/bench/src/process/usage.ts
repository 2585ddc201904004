import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Clock ticks per second in `/proc/<pid>/stat`: fixed at 100 for user space on Linux. */
const ticksPerSecond = 100;

/** CPU time of these processes and all below them so far, in seconds. Zero where there is no `/proc`. */
export function cpuSeconds(pids: readonly number[]): number {
  const all = readProcesses();
  const tree = new Set(pids);
  // Parents come before children in a table sorted by time of start, but pids wrap: so repeat until nothing changes.
  for (let size = 0; size !== tree.size; ) {
    size = tree.size;
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid);
  }
  return all.reduce((sum, { pid, ticks }) => (tree.has(pid) ? sum + ticks : sum), 0) / ticksPerSecond;
}

/** Memory a process holds now, in bytes: VmRSS of `/proc/<pid>/status`. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0) * 1_024;
}

/** Begins to watch; the returned function gives the share of the machine's CPU time that programs outside the bench took since. */
export function watchOthers(): () => number {
  const before = { ...machineMs(), own: cpuSeconds([process.pid]) };
  return () => {
    const after = { ...machineMs(), own: cpuSeconds([process.pid]) };
    const total = after.total - before.total;
    const others = after.busy - before.busy - (after.own - before.own) * 1_000;
    return total === 0 ? 0 : Math.min(1, Math.max(0, others / total));
  };
}

function machineMs(): { readonly busy: number; readonly total: number } {
  const times = cpus().map(({ times: { user, nice, sys, irq, idle } }) => ({
    busy: user + nice + sys + irq,
    idle,
  }));
  const busy = times.reduce((sum, one) => sum + one.busy, 0);
  return { busy, total: times.reduce((sum, one) => sum + one.idle, busy) };
}

function readProcesses(): { readonly pid: number; readonly parent: number; readonly ticks: number }[] {
  return pids().map((pid) => {
    const stat = textOf(`/proc/${pid}/stat`);
    // The name stands in parentheses and may hold anything; field 3 follows it. Ticks are its own and those of ended children.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid, parent: Number(fields[1]), ticks };
  });
}

function pids(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
