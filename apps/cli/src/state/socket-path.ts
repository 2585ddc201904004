import { lstatSync } from "node:fs";
import { basename, dirname } from "node:path";
import { CliError } from "../cli-error.js";
import { maxSocketPathBytes } from "./limits.js";

/**
 * Gives `work` a path by which the platform takes a unix socket, however long its own is: from within its folder, a bare name.
 *
 * @param work uses the path before it returns
 */
export function withSocketPath<T>(path: string, work: (path: string) => T): T {
  if (process.platform === "win32" || Buffer.byteLength(path) <= maxSocketPathBytes) return work(path);
  const before = process.cwd();
  process.chdir(dirname(path));
  try {
    return work(basename(path));
  } finally {
    process.chdir(before);
  }
}

/**
 * Makes sure that nobody else can put a socket into the folder of one, or reach those in it.
 *
 * @throws CliError STATE_FAILED
 */
export function checkSocketFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = dirname(path);
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined || (found.uid === process.getuid?.() && (found.mode & 0o077) === 0)) return;
  throw new CliError("STATE_FAILED", `Cannot use ${folder} for control sockets: others can reach into it`, {
    hint: `Run chmod 700 ${folder} if it is yours, or choose another CULVERT_HOME`,
  });
}
