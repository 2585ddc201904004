import { readdirSync, readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { exchange, startSocket } from "./harness/clients.js";
import { eventually } from "./harness/eventually.js";
import { longTestMs } from "./harness/limits.js";
import { portOf } from "./harness/ports.js";
import { cpuSeconds, descriptorsOf, hasProc } from "./harness/processes.js";
import { runCommand } from "./harness/run-command.js";
import { startEchoTarget } from "./harness/targets.js";
import {
  cleanEnvironment,
  culvertPath,
  type NodeView,
  openWorkspace,
  type Workspace,
} from "./harness/workspace.js";

/** File descriptors of the poor node. */
const fewFiles = 64;

/** Visitors and peers at once: more than there are descriptors. */
const floodSize = 150;

/** Largest part of a processor that the node may take while nothing new happens. */
const maxIdleShare = 0.3;

/** The lines a node logged. */
function logOf({ home }: Workspace, node: string): string[] {
  const folder = join(home, "nodes", node);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const logs = files.filter((name) => /stdout.*\.log$/.test(name));
  return logs.flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"));
}

/** How often the poor node's log tells of a code. */
function linesWith(workspace: Workspace, code: string): number {
  return logOf(workspace, "poor").filter((line) => line.includes(`"code":"${code}"`)).length;
}

async function createPoorNode(workspace: Workspace, name: string): Promise<NodeView> {
  const args = [
    "-c",
    `ulimit -n ${fewFiles}; exec "$0" "$@"`,
    process.execPath,
    culvertPath,
    "node",
    "create",
    name,
  ];
  const { code, stderr } = await runCommand("sh", args, { env: cleanEnvironment(workspace.home) });
  if (code !== 0) throw new Error(`Cannot create ${name}: ${stderr}`);
  return workspace.json<NodeView>(`node show ${name}`);
}

async function flood(port: number): Promise<Socket[]> {
  const sockets = Array.from({ length: floodSize }, () => startSocket(port));
  const decided = sockets.map((socket) => {
    socket.on("error", () => {}).resume();
    return new Promise<void>((resolve) => socket.once("connect", resolve).once("close", () => resolve()));
  });
  await Promise.all(decided);
  return sockets;
}

describe.runIf(hasProc)("a node with few file descriptors", () => {
  it(
    "refuses peers, visitors and streams by name, can be asked all the while, and serves again [files-run-out]",
    async () => {
      const workspace = openWorkspace();
      const { ok, json, createNode, tcpPort } = workspace;
      const { pid } = await createPoorNode(workspace, "poor");
      await createNode("rich");
      const { port: echo } = await startEchoTarget();
      await ok(`tcp-outlet create --at poor --to 127.0.0.1:${echo}`);
      const near = portOf(await ok("tcp-inlet create --at poor --to /service/outlet"));
      const far = portOf(await ok("tcp-inlet create --at rich --to /node/poor/service/outlet"));
      const port = await tcpPort("poor");
      const before = descriptorsOf(pid);
      const reserved = fewFiles / 4;
      for (const [entrance, code] of [
        [port, "CONNECTION_LIMIT_EXCEEDED"],
        [near, "STREAM_LIMIT_EXCEEDED"],
        [far, "STREAM_LIMIT_EXCEEDED"],
      ] as const) {
        const linesBefore = linesWith(workspace, code);
        const sockets = await flood(entrance);
        await eventually(`${code} is logged`, () => linesWith(workspace, code) > 0);
        expect(descriptorsOf(pid)).toBeLessThanOrEqual(fewFiles - reserved + 2);
        expect((await json<NodeView>("node show poor")).pid).toBe(pid);
        const cpuBefore = cpuSeconds(pid);
        await sleep(1_000);
        expect(cpuSeconds(pid) - cpuBefore).toBeLessThan(maxIdleShare);
        expect(linesWith(workspace, code) - linesBefore).toBeLessThanOrEqual(3);
        for (const socket of sockets) socket.destroy();
        await eventually("its descriptors are free again", () => descriptorsOf(pid) <= before + 4);
      }
      const sent = Buffer.from("still here");
      for (const entrance of [near, far]) expect(await exchange(entrance, sent)).toEqual(sent);
      expect(await ok("message send hello --to /node/poor/service/uppercase")).toBe("HELLO");
      expect(logOf(workspace, "poor").join("\n")).not.toContain("An error was not handled");
    },
    longTestMs,
  );
});
