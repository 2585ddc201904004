import { readdirSync, readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { exchange, startSocket } from "./harness/clients.js";
import { longTestMs } from "./harness/limits.js";
import { portOf } from "./harness/ports.js";
import { cpuSeconds, descriptorsOf, hasProc } from "./harness/processes.js";
import { startEchoTarget } from "./harness/targets.js";
import { eventually } from "./harness/waiting.js";
import { type NodeView, openWorkspace } from "./harness/workspace.js";

/** File descriptors of the poor node. */
const fewFiles = 64;

/** Visitors and peers at once: more than there are descriptors. */
const floodSize = 150;

/** Largest part of a processor that the node may take while nothing new happens. */
const maxIdleShare = 0.3;

async function flood(port: number): Promise<Socket[]> {
  const sockets = Array.from({ length: floodSize }, () =>
    startSocket(port)
      .on("error", () => {})
      .resume(),
  );
  const decided = sockets.map(
    (socket) =>
      new Promise<void>((resolve) => socket.once("connect", resolve).once("close", () => resolve())),
  );
  await Promise.all(decided);
  return sockets;
}

describe.runIf(hasProc)("a node with few file descriptors", { timeout: longTestMs }, () => {
  it("refuses peers, visitors and streams by name, can be asked all the while, and serves again [files-run-out]", async () => {
    const { home, ok, json, createNode, tcpPort } = openWorkspace();
    const prefix = ["sh", "-c", `ulimit -n ${fewFiles}; exec "$0" "$@"`];
    await openWorkspace({ prefix, environment: { CULVERT_HOME: home } }).ok("node create poor");
    const { pid } = await json<NodeView>("node show poor");
    await createNode("rich");
    const { port: echo } = await startEchoTarget();
    await ok(`tcp-outlet create --at poor --to 127.0.0.1:${echo}`);
    const near = portOf(await ok("tcp-inlet create --at poor --to /service/outlet"));
    const far = portOf(await ok("tcp-inlet create --at rich --to /node/poor/service/outlet"));
    const before = descriptorsOf(pid);
    const reserved = fewFiles / 4;
    const log = (): string[] => {
      const folder = join(home, "nodes", "poor");
      const names = readdirSync(folder).filter((name) => /^stdout.*\.log$/.test(name));
      return names.flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"));
    };
    const linesWith = (code: string): number =>
      log().filter((line) => line.includes(`"code":"${code}"`)).length;
    for (const [entrance, code] of [
      [await tcpPort("poor"), "CONNECTION_LIMIT_EXCEEDED"],
      [near, "STREAM_LIMIT_EXCEEDED"],
      [far, "STREAM_LIMIT_EXCEEDED"],
    ] as const) {
      const linesBefore = linesWith(code);
      const sockets = await flood(entrance);
      await eventually(`${code} is logged`, () => linesWith(code) > 0);
      expect(descriptorsOf(pid)).toBeLessThanOrEqual(fewFiles - reserved + 2);
      expect((await json<NodeView>("node show poor")).pid).toBe(pid);
      const cpuBefore = cpuSeconds(pid);
      const linesAfter = linesWith(code);
      await sleep(1_000);
      expect(cpuSeconds(pid) - cpuBefore).toBeLessThan(maxIdleShare);
      // One line for each that came at most, and none while nobody comes.
      expect(linesWith(code) - linesBefore).toBeLessThanOrEqual(floodSize + 3);
      expect(linesWith(code) - linesAfter).toBeLessThanOrEqual(3);
      for (const socket of sockets) socket.destroy();
      await eventually("its descriptors are free again", () => descriptorsOf(pid) <= before + 4);
    }
    for (const entrance of [near, far])
      expect(String(await exchange(entrance, "still here"))).toBe("still here");
    expect(await ok("message send hello --to /node/poor/service/uppercase")).toBe("HELLO");
    expect(log().join("\n")).not.toContain("An error was not handled");
  });
});
