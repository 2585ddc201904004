import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Whether this machine shows processes as files: only then can a test look for what was left behind. */
export const hasProc: boolean = existsSync("/proc/self/environ");

/** Running processes whose environment has this folder as CULVERT_HOME. */
export function processesOf(home: string): number[] {
  if (!hasProc) return [];
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  const isOfHome = (pid: number): boolean =>
    textOf(`/proc/${pid}/environ`).split("\0").includes(`CULVERT_HOME=${home}`);
  return pids.filter((pid) => pid !== process.pid && isOfHome(pid) && !isZombie(pid));
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

/** Ends a process without a word, or sends it another signal, if it is there. */
export function killProcess(pid: number, signal: NodeJS.Signals = "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

/** Open file descriptors of a process. */
export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Open sockets of a process. */
export function socketsOf(pid: number): number {
  const links = readdirSync(`/proc/${pid}/fd`).map((name) => linkOf(`/proc/${pid}/fd/${name}`));
  return links.filter((link) => link.startsWith("socket:")).length;
}

/** Processor time that a process has used so far, in seconds: fields 14 and 15 of its stat file, in ticks of 10 ms. */
export function cpuSeconds(pid: number): number {
  const fields = textOf(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}

/** Memory a process holds, in bytes. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0) * 1_024;
}

/** TCP ports on which something listens in the network namespace of a process: state 0A is listening. */
export function listeningPorts(pid: number): number[] {
  const rows = ["tcp", "tcp6"].map((file) => textOf(`/proc/${pid}/net/${file}`)).join("\n");
  const found = rows.matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ 0A /gm);
  return [...found].map(([, port = ""]) => Number.parseInt(port, 16));
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
