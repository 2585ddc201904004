import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks per second in `/proc/<pid>/stat`: fixed at 100 for user space on Linux. */
const ticksPerSecond = 100;

interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  /** Ticks of the process itself. */
  readonly own: number;
  /** Ticks of its children that ended. */
  readonly ended: number;
}

/** CPU time of these processes and all below them so far, in seconds. Zero where there is no `/proc`. */
export function cpuSeconds(pids: readonly number[]): number {
  const all = readProcesses();
  const tree = new Set(pids);
  // Parents come before children in a table sorted by time of start, but pids wrap: so repeat until nothing changes.
  for (let size = 0; size !== tree.size; ) {
    size = tree.size;
    for (const { pid, parent } of all) if (tree.has(parent)) tree.add(pid);
  }
  const ticks = all.filter(({ pid }) => tree.has(pid)).reduce((sum, { own, ended }) => sum + own + ended, 0);
  return ticks / ticksPerSecond;
}

function readProcesses(): ProcessTimes[] {
  return listPids().flatMap((pid) => {
    const stat = readText(`/proc/${pid}/stat`);
    return stat === undefined ? [] : [parseStat(pid, stat)];
  });
}

function listPids(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function parseStat(pid: number, stat: string): ProcessTimes {
  // The name stands in parentheses and may hold anything; the fields behind it are numbers. See proc(5).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const field = (position: number): number => Number(fields[position - 3]);
  return { pid, parent: field(4), own: field(14) + field(15), ended: field(16) + field(17) };
}

/** Memory a process holds now, in bytes: VmRSS of `/proc/<pid>/status`. */
export function residentBytes(pid: number): number {
  const match = readText(`/proc/${pid}/status`)?.match(/^VmRSS:\s+(\d+) kB$/m);
  return Number(match?.[1] ?? 0) * 1024;
}

/** Busy and total ticks of the whole machine since it started. */
export function machineTicks(): { readonly busy: number; readonly total: number } {
  const line = readText("/proc/stat")?.split("\n", 1)[0] ?? "";
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { busy: total - idle, total };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
