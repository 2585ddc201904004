import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { CulvertError } from "@x/core";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test-support/temporary-folder.js";
import { CliError } from "../cli-error.js";
import type { Operation } from "../runtime/operation-types.js";
import { nodePaths } from "../state/node-paths.js";
import { createControlClient } from "./client.js";
import { type ControlServer, openControlServer } from "./server.js";

interface Opened extends AsyncDisposable {
  readonly socketPath: string;
  readonly server: ControlServer;
}

async function open(home: string, operations: Record<string, Operation>): Promise<Opened> {
  const { socket: socketPath } = nodePaths(home, "n1");
  const server = await openControlServer({ socketPath, find: (name) => operations[name] });
  return { socketPath, server, [Symbol.asyncDispose]: () => server.close() };
}

const timeoutMs = 5000;
const echo: Operation = (params) => Promise.resolve(params);

describe("the control socket", () => {
  it("carries parameters and results", async () => {
    await using folder = await temporaryFolder();
    await using opened = await open(folder.path, { "relay.show": echo });
    const client = createControlClient("n1", opened.socketPath, timeoutMs);
    expect(await client.call("relay.show", { name: "ü" })).toEqual({ name: "ü" });
  });

  it("carries errors with their code, hop and hint", async () => {
    await using folder = await temporaryFolder();
    await using opened = await open(folder.path, {
      "relay.list": () => Promise.reject(new CulvertError("CONNECTION_DOWN", "down", { hop: "tcp#x" })),
      "worker.list": () => Promise.reject(new CliError("RESOURCE_NOT_FOUND", "none", { hint: "look" })),
      "service.list": () => Promise.reject(new Error("unforeseen")),
    });
    const client = createControlClient("n1", opened.socketPath, timeoutMs);
    await expect(client.call("relay.list", {})).rejects.toMatchObject({
      code: "CONNECTION_DOWN",
      hop: "tcp#x",
    });
    await expect(client.call("worker.list", {})).rejects.toMatchObject({
      code: "RESOURCE_NOT_FOUND",
      hint: "look",
    });
    await expect(client.call("service.list", {})).rejects.toMatchObject({
      code: "INTERNAL",
      message: "unforeseen",
    });
    await expect(client.call("node.show", {})).rejects.toMatchObject({ code: "OPERATION_UNKNOWN" });
  });

  it("belongs to the user alone [node-control]", async () => {
    await using folder = await temporaryFolder();
    await using opened = await open(folder.path, {});
    expect((await stat(opened.socketPath)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(opened.socketPath))).mode & 0o777).toBe(0o700);
  });

  it("is not opened in a folder that others can reach into", async () => {
    await using folder = await temporaryFolder();
    const { folder: nodeFolder, socket } = nodePaths(folder.path, "n1");
    await mkdir(nodeFolder, { recursive: true });
    await chmod(nodeFolder, 0o755);
    await expect(openControlServer({ socketPath: socket, find: () => undefined })).rejects.toMatchObject({
      code: "STATE_FAILED",
    });
  });

  it("works below a path that is too long for a socket", async () => {
    await using folder = await temporaryFolder();
    const home = join(folder.path, "long".repeat(40));
    const before = process.cwd();
    await using opened = await open(home, { "node.show": echo });
    // In the home, and nowhere else: other shells have another folder for temporary files.
    expect(existsSync(join(home, "state", "n1", "control.sock"))).toBe(true);
    expect(process.cwd()).toBe(before);
    const client = createControlClient("n1", opened.socketPath, timeoutMs);
    expect(await client.call("node.show", {})).toEqual({});
  });

  it("takes the place of a socket that was left behind, and leaves none", async () => {
    await using folder = await temporaryFolder();
    const { folder: nodeFolder, socket } = nodePaths(folder.path, "n1");
    await mkdir(nodeFolder, { recursive: true, mode: 0o700 });
    await writeFile(socket, "");
    const { server } = await open(folder.path, {});
    await server.close();
    await server.close();
    expect(existsSync(socket)).toBe(false);
  });

  it("is not used in a folder that others can reach into", async () => {
    await using folder = await temporaryFolder();
    await using opened = await open(folder.path, { "node.show": echo });
    await chmod(dirname(opened.socketPath), 0o777);
    const client = createControlClient("n1", opened.socketPath, timeoutMs);
    await expect(client.call("node.show", {})).rejects.toMatchObject({ code: "STATE_FAILED" });
  });

  it("says that a node is not running when nobody listens", async () => {
    await using folder = await temporaryFolder();
    const client = createControlClient("n1", join(folder.path, "none.sock"), timeoutMs);
    await expect(client.call("node.show", {})).rejects.toMatchObject({ code: "NODE_NOT_RUNNING" });
  });

  it("gives up after its time, or when told to, and tells the operation", async () => {
    await using folder = await temporaryFolder();
    const signals: (AbortSignal | undefined)[] = [];
    const never: Operation = (_params, context) => {
      signals.push(context?.signal);
      return new Promise(() => {});
    };
    await using opened = await open(folder.path, { "node.show": never });
    const client = createControlClient("n1", opened.socketPath, timeoutMs);
    await expect(client.call("node.show", {}, { timeoutMs: 50 })).rejects.toMatchObject({
      code: "TIMED_OUT",
    });
    const controller = new AbortController();
    const call = client.call("node.show", {}, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "ABORTED" });
    await expect.poll(() => signals[0]?.aborted).toBe(true);
  });

  it("closes a request that does not arrive in its time", async () => {
    await using folder = await temporaryFolder();
    const { socket: socketPath } = nodePaths(folder.path, "n1");
    const server = await openControlServer({ socketPath, find: () => echo, requestTimeoutMs: 200 });
    const head = "POST /node.show HTTP/1.1\r\nhost: x\r\n";
    const closed = [head, `${head}content-length: 9\r\n\r\n{`].map(async (text) => {
      const socket = connect(socketPath);
      socket
        .on("error", () => {})
        .resume()
        .write(text);
      await once(socket, "close", { signal: AbortSignal.timeout(8000) });
    });
    await Promise.all(closed);
    await server.close();
  });

  it("outlives garbage, requests cut short and parameters that are no JSON", async () => {
    await using folder = await temporaryFolder();
    await using opened = await open(folder.path, { "node.show": echo });
    for (const text of [
      "\u0000\u0001garbage\r\n\r\n",
      "POST /node.show HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{",
    ]) {
      const socket = connect(opened.socketPath);
      await once(socket, "connect");
      socket.end(text);
      socket.resume();
      await once(socket, "close");
    }
    const body = "{no json";
    const socket = connect(opened.socketPath);
    socket.end(`POST /node.show HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    const [answer] = (await once(socket.setEncoding("utf8"), "data")) as [string];
    expect(answer).toContain("OPERATION_INVALID");
    const client = createControlClient("n1", opened.socketPath, timeoutMs);
    expect(await client.call("node.show", {})).toEqual({});
  });
});
