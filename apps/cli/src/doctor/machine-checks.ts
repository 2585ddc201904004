import { execFile } from "node:child_process";
import { existsSync, lstatSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { maxSocketPathBytes } from "../state/limits.js";
import { nodePaths } from "../state/node-paths.js";
import { systemErrorCode } from "../state/system-error.js";
import { maxNameLength } from "../syntax/limits.js";
import { type Check, findings } from "./check.js";
import { fewOpenFiles, minNodeVersion, minOpenFiles } from "./limits.js";

const { ok, warning, problem } = findings("machine");

/** Checks what this machine gives to nodes. */
export async function checkMachine(home: string): Promise<readonly Check[]> {
  return [
    checkNodeVersion(process.versions.node),
    ...(process.platform === "win32" ? [] : [checkOpenFiles(await openFileLimit()), checkSocketPath(home)]),
    await checkLoopback(),
  ];
}

/** @param version `22.11.0` */
export function checkNodeVersion(version: string): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [minMajor, minMinor] = minNodeVersion;
  if (major > minMajor || (major === minMajor && minor >= minMinor))
    return ok("Node.js", `version ${version}`);
  const detail = `version ${version} is older than ${minNodeVersion.join(".")}`;
  return problem("Node.js", detail, "Install a newer Node.js");
}

/** @param limit the number of files a process may have open; absent when it is not known */
export function checkOpenFiles(limit: number | undefined): Check {
  const subject = "open files";
  if (limit === undefined) return ok(subject, "the limit is not known");
  const mend =
    "Raise it with `ulimit -n 65536` (for services: LimitNOFILE=65536), then start the nodes again";
  const detail = `a process may have ${limit} open; each stream takes one or two`;
  if (limit < minOpenFiles) return problem(subject, detail, mend);
  if (limit < fewOpenFiles) return warning(subject, detail, mend);
  return ok(subject, limit === Number.POSITIVE_INFINITY ? "no limit" : `a process may have ${limit} open`);
}

/** What a child of this process gets is what a node gets: the platform gives it to both alike. */
async function openFileLimit(): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)("sh", ["-c", "ulimit -n"]);
    const text = stdout.trim();
    return text === "unlimited" ? Number.POSITIVE_INFINITY : /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Checks whether the control socket of the node with the longest name has a place. */
export function checkSocketPath(home: string): Check {
  const subject = "control sockets";
  const { folder, socket } = nodePaths(home, "x".repeat(maxNameLength));
  const where = dirname(socket);
  if (Buffer.byteLength(socket) > maxSocketPathBytes) {
    const detail = `${where} is too long: the path of a socket may have ${maxSocketPathBytes} bytes`;
    return problem(subject, detail, "Set TMPDIR, or CULVERT_HOME, to a shorter path");
  }
  if (where === folder) return ok(subject, "in the folder of each node");
  const fault = existsSync(where) ? folderFault(where) : undefined;
  if (fault === undefined) return ok(subject, `those of long names are in ${where}`);
  return problem(subject, `${where} ${fault}`, `Remove ${where}, or choose a shorter CULVERT_HOME`);
}

function folderFault(path: string): string | undefined {
  const { uid, mode } = lstatSync(path);
  if (uid !== process.getuid?.()) return "belongs to another user";
  return (mode & 0o077) === 0 ? undefined : "is open to others";
}

async function checkLoopback(): Promise<Check> {
  const [fault4, fault6] = await Promise.all([bindFault("127.0.0.1"), bindFault("::1")]);
  if (fault4 !== undefined) {
    return problem("loopback", `cannot listen on 127.0.0.1: ${fault4}`, "Bring up the loopback interface");
  }
  const and = fault6 === undefined ? " and ::1" : `; not on ::1 (${fault6}), which only IPv6 addresses need`;
  return ok("loopback", `can listen on 127.0.0.1${and}`);
}

function bindFault(host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(systemErrorCode(error) ?? error.message));
    server.listen(0, host, () => server.close(() => resolve(undefined)));
  });
}
