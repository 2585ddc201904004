import { accessSync, constants, existsSync, lstatSync, mkdtempSync, readdirSync, statSync } from "node:fs";
import { rmdir, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CliError } from "../cli-error.js";
import { readResources } from "../node-process/saved-resources.js";
import type { Resource } from "../registry/resource.js";
import { isJsonObject, readJsonFile } from "../state/json-file.js";
import { staleLockMs } from "../state/limits.js";
import { readProcess, readSettings } from "../state/node-files.js";
import { nodesFolder } from "../state/node-paths.js";
import type { NodeRecord, NodeStore } from "../state/nodes.js";
import { systemErrorCode } from "../state/system-error.js";
import { isName } from "../syntax/names.js";
import { type Check, findings } from "./check.js";
import { checkIdentities } from "./identity-checks.js";
import { littleFreeBytes, minFreeBytes } from "./limits.js";

const { ok, warning, problem } = findings("state");

/** Checks the folder of all state, and the files of each node in it. */
export async function checkState(nodes: NodeStore, kinds: readonly Resource[]): Promise<readonly Check[]> {
  const { home } = nodes;
  if (!existsSync(home)) return [await checkMissingFolder(home)];
  const fault = checkFolder(home);
  if (fault.status === "problem") return [fault];
  return [
    fault,
    await checkSpace(home),
    ...checkDefault(nodes),
    ...checkStrays(nodes),
    ...(await nodes.list()).flatMap((record) => checkNodeFiles(record, kinds)),
    ...(await checkIdentities(home)),
    ...checkLocks(join(home, "locks")),
  ];
}

/** The folder that the first node will make: whether it can be is not known before something is made there. */
async function checkMissingFolder(home: string): Promise<Check> {
  const parent = existingParent(home);
  try {
    await rmdir(mkdtempSync(join(parent, ".culvert-doctor-")));
    return ok("folder", `${home} is not there yet; the first node makes it`);
  } catch (error) {
    const detail = `${home} is not there, and cannot be made in ${parent}: ${reasonOf(error)}`;
    return problem("folder", detail, "Choose another CULVERT_HOME, or see to it that you may write there");
  }
}

function existingParent(path: string): string {
  const parent = dirname(path);
  return existsSync(parent) || parent === path ? parent : existingParent(parent);
}

function checkFolder(home: string): Check {
  const subject = "folder";
  try {
    const { uid, mode } = statSync(home);
    if (process.platform !== "win32" && uid !== process.getuid?.()) {
      return problem(subject, `${home} belongs to another user`, "Choose a CULVERT_HOME of your own");
    }
    if (process.platform !== "win32" && (mode & 0o022) !== 0) {
      return problem(subject, `others may write to ${home}`, `Run chmod go-w ${home}`);
    }
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
    return ok(subject, home);
  } catch (error) {
    return problem(subject, `${home} cannot be used: ${reasonOf(error)}`, `Run chmod u+rwx ${home}`);
  }
}

async function checkSpace(home: string): Promise<Check> {
  const system = await statfs(home).catch(() => undefined);
  if (system === undefined) return ok("space", "this system does not tell what is free");
  const bytes = system.bavail * system.bsize;
  const detail = `${Math.round(bytes / 1_048_576)} MiB free`;
  const mend = "Make room on the disk: nodes cannot save what they have, or log, when it is full";
  if (bytes < minFreeBytes) return problem("space", detail, mend);
  return bytes < littleFreeBytes ? warning("space", detail, mend) : ok("space", detail);
}

function checkDefault(nodes: NodeStore): readonly Check[] {
  const path = join(nodes.home, "default-node.json");
  const mend = "Choose a default with `culvert node default <name>`";
  try {
    const name = readJsonFile(path, (value) => (isJsonObject(value) ? String(value.name) : undefined));
    if (name === undefined || nodes.has(name)) return [];
    return [warning("default node", `node ${name} is the default and is not there`, mend)];
  } catch (error) {
    return [problem("default node", reasonOf(error), mend)];
  }
}

/** What is among the nodes and is none: left by a command that was killed, or put there by somebody. */
function checkStrays(nodes: NodeStore): readonly Check[] {
  const { home } = nodes;
  const folder = nodesFolder(home);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((entry) => {
    const isCreating = existsSync(nodes.lockPath(entry));
    if (isCreating || (isName(entry) && existsSync(nodes.paths(entry).settings))) return [];
    const path = join(folder, entry);
    return [warning("stray files", `${path} is no node`, `Remove it: rm -r ${JSON.stringify(path)}`)];
  });
}

function checkNodeFiles(record: NodeRecord, kinds: readonly Resource[]): readonly Check[] {
  const { name, paths, status } = record;
  const subject = `node ${name}`;
  const recreate = `Delete the node with \`culvert node delete ${name} --yes\` and create it again, or mend the file`;
  const start = `Run \`culvert node start ${name}\``;
  const checks: Check[] = [];
  const readers = [
    [paths.settings, () => readSettings(paths)],
    [paths.resources, () => readResources(paths.resources, kinds)],
  ] as const;
  for (const [path, read] of readers) {
    try {
      read();
    } catch (error) {
      const reason = reasonOf(error);
      checks.push(problem(subject, reason.includes(path) ? reason : `${path}: ${reason}`, recreate));
    }
  }
  if (checks.length === 0) checks.push(...checkKinds(record, kinds));
  for (const path of openToOthers([paths.folder, paths.settings, paths.resources])) {
    checks.push(problem(subject, `others may read ${path}, which holds secrets`, `Run chmod go-rwx ${path}`));
  }
  if (status === "stopped" && existsSync(paths.process)) {
    const how =
      readProcess(paths) === undefined ? `${paths.process} is broken` : "its process ended without notice";
    checks.push(warning(subject, how, start));
  } else if (status === "stopped" && process.platform !== "win32" && existsSync(paths.socket)) {
    checks.push(warning(subject, `it is stopped, but its socket ${paths.socket} is still there`, start));
  }
  return checks.length > 0 ? checks : [ok(subject, "its files are in order")];
}

/** What a node keeps by a transport that is not there waits for it. */
function checkKinds({ name, paths }: NodeRecord, kinds: readonly Resource[]): readonly Check[] {
  const kept = Object.entries(readResources(paths.resources, kinds)?.spec.resources ?? {});
  const isUnknown = ([noun, things]: (typeof kept)[number]): boolean =>
    things.length > 0 && !kinds.some((kind) => kind.noun === noun);
  return kept.filter(isUnknown).map(([noun]) => {
    const mend = `Add it with \`culvert transport add\`, then stop and start node ${name}`;
    return warning(`node ${name}`, `it has a ${noun}, whose transport is not there`, mend);
  });
}

function openToOthers(paths: readonly string[]): readonly string[] {
  if (process.platform === "win32") return [];
  return paths.filter((path) => existsSync(path) && (lstatSync(path).mode & 0o077) !== 0);
}

function checkLocks(folder: string): readonly Check[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry);
    const { mtimeMs } = lstatSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs < staleLockMs) return [];
    const mend = `Nothing: the next command takes it over. To be rid of it: rm -r ${JSON.stringify(path)}`;
    return [warning("locks", `${path} was left behind by a command that was killed`, mend)];
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof CliError) return error.message;
  return systemErrorCode(error) ?? (error instanceof Error ? error.message : String(error));
}
