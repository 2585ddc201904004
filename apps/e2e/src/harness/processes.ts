import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Whether this machine shows processes as files: only then can a test look for what was left behind. */
export const hasProc: boolean = existsSync("/proc/self/environ");

/** Running processes whose environment has this folder as CULVERT_HOME. */
export function processesOf(home: string): number[] {
  if (!hasProc) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) => pid !== process.pid && environmentOf(pid).includes(`CULVERT_HOME=${home}`) && !isZombie(pid),
    );
}

/** Says whether a process is there and not merely waiting to be buried. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
}

/** Open sockets of a process. */
export function socketsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((name) => linkOf(`${folder}/${name}`).startsWith("socket:")).length;
}

/** Open file descriptors of a process. */
export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Clock ticks a second in which Linux tells processor time. */
const ticksPerSecond = 100;

/** Processor time that a process has used so far, in seconds: fields 14 and 15 of its stat file, behind its name in brackets. */
export function cpuSeconds(pid: number): number {
  const fields = textOf(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / ticksPerSecond;
}

/** Memory a process holds, in bytes. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0) * 1_024;
}

/** TCP ports on which something listens, as the system lists them for the network namespace of a process: state 0A is listening. */
export function listeningPorts(pid: number): number[] {
  const rows = ["tcp", "tcp6"].flatMap((file) => textOf(`/proc/${pid}/net/${file}`).split("\n"));
  return rows
    .map((row) => /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ 0A /.exec(row)?.[1])
    .filter((port) => port !== undefined)
    .map((port) => Number.parseInt(port, 16));
}

/** Ends a process without a word, if it is there. */
export function killProcess(pid: number, signal: NodeJS.Signals = "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

function environmentOf(pid: number): string[] {
  return textOf(`/proc/${pid}/environ`).split("\0");
}

function isZombie(pid: number): boolean {
  return /^State:\s+Z/m.test(textOf(`/proc/${pid}/status`));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
