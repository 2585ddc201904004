import { readFileSync, readlinkSync } from "node:fs";
import { createRequire } from "node:module";

/**
 * A process, told apart from a later one with the same number.
 * `birth` is when it started, as the platform says it; its form is known to nobody else.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly birth: string;
  /** Where its number counts: the system since its boot, and there the container. */
  readonly space?: string;
}

/** The identity of this process. */
export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, birth: birthOf(process.pid) ?? unknownBirth, space: thisSpace() };
}

/** Says whether the number of a process means the same here; else nothing can be told of it, or done to it, by its number. */
export function isOfThisSpace({ space }: ProcessIdentity): boolean {
  return space === undefined || space === thisSpace();
}

/** A container has process numbers of its own (pid_namespaces(7)), and may share its files with others. */
function thisSpace(): string {
  if (process.platform !== "linux") return "";
  try {
    return `${bootId()}/${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return "";
  }
}

/** Says whether that very process still runs. A process that ended and waits for its parent does not. */
export function isAlive({ pid, birth }: ProcessIdentity): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  const now = birthOf(pid);
  return now !== undefined && (now === birth || birth === unknownBirth);
}

const unknownBirth = "unknown";

function birthOf(pid: number): string | undefined {
  if (process.platform === "linux") return linuxBirth(pid);
  if (process.platform === "win32") return signalReaches(pid) ? unknownBirth : undefined;
  return psBirth(pid);
}

/** `/proc/<pid>/stat` (proc(5)): field 3 is the state, field 22 the start in clock ticks since boot. */
function linuxBirth(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    return `${bootId()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

function psBirth(pid: number): string | undefined {
  // Loaded here, because it is slow to load and Linux does without.
  const { execFileSync } = createRequire(import.meta.url)(
    "node:child_process",
  ) as typeof import("node:child_process");
  try {
    const line = execFileSync("ps", ["-o", "state=,lstart=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [state = "", ...start] = line.trim().split(/\s+/);
    return state === "" || state.startsWith("Z") ? undefined : start.join(" ");
  } catch {
    return undefined;
  }
}

function signalReaches(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
