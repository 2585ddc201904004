import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { systemErrorCode } from "../state/system-error.js";
import { type Check, findings } from "./check.js";
import { fewOpenFiles, minNodeVersion, minOpenFiles } from "./limits.js";

const { ok, warning, problem } = findings("machine");

/** Checks what this machine gives to nodes. */
export async function checkMachine(): Promise<readonly Check[]> {
  return [
    checkNodeVersion(process.versions.node),
    ...(process.platform === "win32" ? [] : [checkOpenFiles(await openFileLimit())]),
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
