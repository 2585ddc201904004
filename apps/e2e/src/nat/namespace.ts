import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { onFinished } from "../harness/on-finished.js";
import { killProcess } from "../harness/processes.js";
import { runCommand, succeed } from "../harness/run-command.js";

const prefix = "culvert";
let made = 0;

/** A network namespace of the suite: `culvert-<process id>-<number>-<role>`. */
export interface Namespace {
  readonly name: string;
  /** What stands before a command that is to run in it. */
  readonly enter: readonly string[];
  /** Runs programs in it, each one string of arguments without spaces in them, and gives what the last one printed. */
  run(...lines: readonly string[]): Promise<string>;
}

/** Makes a namespace whose loopback is up. It ends with what runs, and everything in it. */
export async function openNamespace(role: string): Promise<Namespace> {
  const name = `${prefix}-${process.pid}-${++made}-${role}`;
  const enter = ["ip", "netns", "exec", name];
  await succeed("ip", ["netns", "add", name]);
  onFinished(() => deleteNamespace(name));
  const run = async (...lines: readonly string[]): Promise<string> => {
    let printed = "";
    for (const line of lines) printed = await succeed("ip", ["netns", "exec", name, ...line.split(" ")]);
    return printed;
  };
  await run("ip link set lo up");
  return { name, enter, run };
}

/** Deletes namespaces of earlier runs that were killed before they could. */
export async function deleteAbandonedNamespaces(): Promise<void> {
  const { stdout } = await runCommand("ip", ["netns", "list"]);
  for (const [name, owner] of stdout.matchAll(new RegExp(`^${prefix}-(\\d+)-\\S+`, "gm"))) {
    if (!existsSync(`/proc/${owner}`)) await deleteNamespace(name);
  }
}

async function deleteNamespace(name: string): Promise<void> {
  const { stdout } = await runCommand("ip", ["netns", "pids", name]);
  for (const pid of stdout.split("\n").filter(Boolean).map(Number)) killProcess(pid);
  await runCommand("ip", ["netns", "delete", name]);
}

/** Whether a program is installed. */
export function isInstalled(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** Why this machine cannot run the suite, in one line; nothing when it can. Being root is not enough in many containers. */
export const missing: string | undefined = whatIsMissing();

function whatIsMissing(): string | undefined {
  if (process.platform !== "linux") return "network namespaces are a part of Linux";
  if (process.getuid?.() !== 0) return "making network namespaces needs root";
  const absent = ["ip", "nft", "ss", "ethtool", "curl"].filter((program) => !isInstalled(program));
  if (absent.length > 0) return `not installed: ${absent.join(", ")}`;
  const rule =
    "add table ip x; add chain ip x y { type nat hook postrouting priority 100; }; add rule ip x y masquerade";
  const name = `${prefix}-${process.pid}-0-try`;
  const tries = [
    ["netns", "add", name],
    ["netns", "exec", name, "nft", rule],
  ];
  const failed = tries
    .map((args) => spawnSync("ip", args, { encoding: "utf8" }))
    .find(({ status }) => status !== 0);
  spawnSync("ip", ["netns", "delete", name]);
  return failed === undefined ? undefined : `not allowed here: ${failed.stderr.trim()}`;
}
