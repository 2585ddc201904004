import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test-support/temporary-folder.js";
import { deleteNode } from "../node-process/stop-node.js";
import { writeProcess, writeSettings } from "./node-files.js";
import { NodeStore } from "./nodes.js";
import { isAlive, thisProcess } from "./process-identity.js";

async function addNode(nodes: NodeStore, name: string): Promise<void> {
  await mkdir(nodes.paths(name).folder, { recursive: true });
  await writeSettings(nodes.paths(name), { createdAt: 1, listeners: { tcp: "127.0.0.1:0" } });
}

const processFile = { foreground: false, startedAt: 1, version: "1", httpServerAddress: null };

describe("NodeStore", () => {
  it("is empty where there is no home folder", async () => {
    await using folder = await temporaryFolder();
    const nodes = new NodeStore(join(folder.path, "none"));
    expect(await nodes.list()).toEqual([]);
    expect(nodes.defaultName()).toBeUndefined();
  });

  it("lists nodes by name with their status", async () => {
    await using folder = await temporaryFolder();
    const nodes = new NodeStore(folder.path);
    await addNode(nodes, "b");
    await addNode(nodes, "a");
    await writeProcess(nodes.paths("b"), { ...thisProcess(), ...processFile });
    await writeProcess(nodes.paths("a"), { pid: process.pid, birth: "another time", ...processFile });
    expect(await nodes.list()).toMatchObject([
      { name: "a", status: "stopped", process: undefined, isDefault: true },
      { name: "b", status: "running", process: { pid: process.pid }, isDefault: false },
    ]);
  });

  it("asks the control socket where the process is of another container", async () => {
    await using folder = await temporaryFolder();
    const nodes = new NodeStore(folder.path);
    await addNode(nodes, "n");
    const elsewhere = { ...thisProcess(), ...processFile, pid: 1, birth: "x", space: "another container" };
    await writeProcess(nodes.paths("n"), elsewhere);
    expect(await nodes.get("n")).toMatchObject({ status: "stopped" });
    const server = createServer().listen(nodes.paths("n").socket);
    await once(server, "listening");
    expect(await nodes.get("n")).toMatchObject({ status: "running", process: elsewhere });
    await expect(deleteNode(nodes, "n", "kill")).rejects.toMatchObject({ code: "NODE_ELSEWHERE" });
    expect(nodes.names()).toEqual(["n"]);
    server.close();
  });

  it("knows which names a disk may take for one, and locks them together", async () => {
    await using folder = await temporaryFolder();
    const nodes = new NodeStore(folder.path);
    await addNode(nodes, "web");
    expect(nodes.twin("Web")).toBe("web");
    expect(nodes.twin("web")).toBeUndefined();
    expect(nodes.lockPath("Web")).toBe(nodes.lockPath("web"));
    await deleteNode(nodes, "Web", "kill");
    expect(nodes.names()).toEqual(["web"]);
  });

  it("says at once why it cannot lock, where waiting changes nothing", async () => {
    await using folder = await temporaryFolder();
    const nodes = new NodeStore(folder.path);
    await writeFile(join(folder.path, "locks"), "");
    const begun = performance.now();
    await expect(nodes.exclusively("a", () => Promise.resolve())).rejects.toMatchObject({
      code: "STATE_FAILED",
    });
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it("leaves out folders that are no nodes", async () => {
    await using folder = await temporaryFolder();
    const nodes = new NodeStore(folder.path);
    await addNode(nodes, "a");
    await mkdir(join(folder.path, "state", "half-made"), { recursive: true });
    await mkdir(join(folder.path, "state", "bad name"), { recursive: true });
    expect(nodes.names()).toEqual(["a"]);
    await expect(nodes.get("half-made")).rejects.toThrow(/not found/);
  });

  it("keeps the default, and finds another one when it is deleted", async () => {
    await using folder = await temporaryFolder();
    const nodes = new NodeStore(folder.path);
    for (const name of ["a", "b", "c"]) await addNode(nodes, name);
    await nodes.setDefault("b");
    expect(nodes.defaultName()).toBe("b");
    await nodes.remove("b");
    expect(nodes.defaultName()).toBe("a");
    await addNode(nodes, "b");
    expect(nodes.defaultName()).toBe("a");
  });

  it("survives broken files", async () => {
    await using folder = await temporaryFolder();
    const nodes = new NodeStore(folder.path);
    await addNode(nodes, "a");
    await writeFile(join(folder.path, "default-node.json"), "{");
    await writeFile(nodes.paths("a").process, "nothing");
    expect(await nodes.list()).toMatchObject([{ name: "a", status: "stopped", isDefault: true }]);
  });

  it("lets one at a time do what is exclusive, and leaves no lock behind", async () => {
    await using folder = await temporaryFolder();
    const nodes = new NodeStore(folder.path);
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => nodes.exclusively("a", work)));
    expect(most).toBe(1);
    expect(existsSync(join(folder.path, "locks", "a"))).toBe(false);
  });

  it("removeAll() leaves what others put into the home folder", async () => {
    await using folder = await temporaryFolder();
    const nodes = new NodeStore(folder.path);
    await addNode(nodes, "a");
    await writeFile(join(folder.path, "mine.txt"), "");
    await nodes.removeAll();
    expect(existsSync(join(folder.path, "mine.txt"))).toBe(true);
    expect(existsSync(join(folder.path, "state"))).toBe(false);
  });
});

describe("isAlive", () => {
  it("tells a process from a later one with its number, and from one that ended", async () => {
    expect(isAlive(thisProcess())).toBe(true);
    expect(isAlive({ pid: process.pid, birth: "before" })).toBe(false);
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    expect(isAlive({ pid: child.pid ?? 0, birth: "unknown" })).toBe(false);
    expect(isAlive({ pid: -1, birth: "unknown" })).toBe(false);
  });
});
