import { readFileSync } from "node:fs";

/** What the system counted for a process since it started. */
export interface ProcessCounts {
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly reads: number;
  readonly readBytes: number;
  readonly writes: number;
  readonly writtenBytes: number;
}

/** Clock ticks per second in `/proc/<pid>/stat`: fixed at 100 for user space on Linux. */
const ticksPerSecond = 100;

/**
 * Reads the counts of a process, which costs the process nothing, unlike a tracer.
 *
 * @throws Error where there is no `/proc/<pid>/io`: on other systems, or when the process is gone
 */
export function countsOf(pid: number): ProcessCounts {
  return parseCounts(readFileSync(`/proc/${pid}/stat`, "utf8"), readFileSync(`/proc/${pid}/io`, "utf8"));
}

/** Reads both texts. See proc(5). */
export function parseCounts(stat: string, io: string): ProcessCounts {
  // The name stands in parentheses and may hold anything; field 3 follows it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const seconds = (field: number): number => Number(fields[field - 3]) / ticksPerSecond;
  const count = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(io)?.[1]);
  return {
    userSeconds: seconds(14),
    systemSeconds: seconds(15),
    reads: count("syscr"),
    readBytes: count("rchar"),
    writes: count("syscw"),
    writtenBytes: count("wchar"),
  };
}

/** What happened between two counts. */
export function difference(after: ProcessCounts, before: ProcessCounts): ProcessCounts {
  return {
    userSeconds: after.userSeconds - before.userSeconds,
    systemSeconds: after.systemSeconds - before.systemSeconds,
    reads: after.reads - before.reads,
    readBytes: after.readBytes - before.readBytes,
    writes: after.writes - before.writes,
    writtenBytes: after.writtenBytes - before.writtenBytes,
  };
}
