import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { killProcess } from "../harness/processes.js";
import { type CommandResult, runCommand } from "../harness/run-command.js";

const prefix = "culvert";
let made = 0;

/** Names of those that are to be deleted. */
const open = new Set<string>();

process.once("exit", deleteAllNow);

/** A network namespace of the suite: `culvert-<process id>-<number>-<role>`. */
export interface Namespace {
  readonly name: string;
  /** Runs a program in it to its end, whatever comes of it. */
  exec(file: string, args: readonly string[], input?: string): Promise<CommandResult>;
  /**
   * Runs a program in it, one string of arguments without spaces in them, and gives its standard output.
   *
   * @throws Error if the exit code is not 0
   */
  run(line: string): Promise<string>;
  /** Ends what still runs in it and deletes it. Safe to call twice. */
  close(): Promise<void>;
}

/** Makes a namespace whose loopback is up. */
export async function openNamespace(role: string): Promise<Namespace> {
  const name = `${prefix}-${process.pid}-${++made}-${role}`;
  open.add(name);
  await must("ip", ["netns", "add", name]);
  const exec: Namespace["exec"] = (file, args, input = "") =>
    runCommand("ip", ["netns", "exec", name, file, ...args], { input });
  const run = async (line: string): Promise<string> =>
    must("ip", ["netns", "exec", name, ...line.split(" ")]);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= deleteNamespace(name);
    return closed;
  };
  await run("ip link set lo up");
  return { name, exec, run, close };
}

/** Deletes namespaces of earlier runs that were killed before they could. */
export async function deleteAbandonedNamespaces(): Promise<void> {
  const { stdout } = await runCommand("ip", ["netns", "list"]);
  for (const [name, owner] of stdout.matchAll(new RegExp(`^${prefix}-(\\d+)-\\S+`, "gm"))) {
    if (!existsSync(`/proc/${owner}`)) await deleteNamespace(name);
  }
}

/**
 * Runs a program and gives its standard output.
 *
 * @throws Error if the exit code is not 0
 */
async function must(file: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(file, args);
  if (code !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${code}: ${stderr}`);
  return stdout;
}

async function deleteNamespace(name: string): Promise<void> {
  const { stdout } = await runCommand("ip", ["netns", "pids", name]);
  for (const pid of stdout.split("\n").filter(Boolean).map(Number)) killProcess(pid);
  await runCommand("ip", ["netns", "delete", name]);
  open.delete(name);
}

/** The last resort of a process that ends before its tests could clean up. */
function deleteAllNow(): void {
  for (const name of open) {
    const { stdout } = spawnSync("ip", ["netns", "pids", name], { encoding: "utf8" });
    for (const pid of stdout.split("\n").filter(Boolean).map(Number)) killProcess(pid);
    spawnSync("ip", ["netns", "delete", name]);
  }
}
