import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { onFinished } from "../harness/on-finished.js";
import { killProcess } from "../harness/processes.js";
import { runCommand, succeed } from "../harness/run-command.js";
import { eventually } from "../harness/waiting.js";

const prefix = "culvert";
let made = 0;

/** A network namespace of the suite: `culvert-<process id>-<number>-<role>`. */
export interface Namespace {
  readonly name: string;
  /** What stands before a command that is to run in it. */
  readonly enter: readonly string[];
  /** Runs programs in it, each one string of arguments without spaces in them, and gives what the last one printed. */
  run(...lines: readonly string[]): Promise<string>;
  /** Opens a way for the test to a port of its loopback. Local sockets know no namespaces. */
  door(port: number): Promise<() => Socket>;
  /** Serves a port of its loopback in the test. */
  serve(port: number, onSocket: (socket: Socket) => void): Promise<void>;
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
  /** Joins two places of sockets, one of which is in the namespace. A direction may end an hour before the other. */
  const bridge = (from: string, to: string): void => {
    const args = [...enter.slice(1), "socat", "-b", "262144", "-t", "3600", from, to];
    const child = execa("ip", args, { stdio: "ignore", reject: false });
    onFinished(() => child.kill("SIGKILL"));
  };
  const pathOf = (port: number): string => join(tmpdir(), `${name}-${port}`);
  await run("ip link set lo up");
  return {
    ...{ name, enter, run },
    door: async (port) => {
      const path = pathOf(port);
      bridge(`UNIX-LISTEN:${path},fork,unlink-close`, `TCP:127.0.0.1:${port},nodelay`);
      await eventually("the door opens", () => existsSync(path));
      return () => connect({ path, allowHalfOpen: true }).on("error", () => {});
    },
    serve: async (port, onSocket) => {
      const server = createServer({ allowHalfOpen: true }, (socket) =>
        onSocket(socket.on("error", () => {})),
      );
      onFinished(() => void server.close());
      await once(server.listen(pathOf(port)), "listening");
      bridge(`TCP-LISTEN:${port},bind=127.0.0.1,fork,nodelay`, `UNIX-CONNECT:${pathOf(port)}`);
    },
  };
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
  const absent = ["ip", "nft", "ss", "ethtool", "curl", "socat"].filter((program) => !isInstalled(program));
  if (absent.length > 0) return `not installed: ${absent.join(", ")}`;
  const chain = "chain ip x y { type nat hook postrouting priority 100; }";
  const rules = `add table ip x; add ${chain}; add rule ip x y masquerade`;
  const script = `ip netns add "$0" && ip netns exec "$0" nft '${rules}'`;
  const name = `${prefix}-${process.pid}-0-try`;
  const { status, stderr } = spawnSync("sh", ["-c", script, name], { encoding: "utf8" });
  spawnSync("ip", ["netns", "delete", name]);
  return status === 0 ? undefined : `not allowed here: ${stderr.trim()}`;
}
