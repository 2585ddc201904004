import { once } from "node:events";
import { existsSync, lstatSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Listener } from "@x/core";
import { afterEach, describe, expect, it } from "vitest";
import { freePath } from "./test-paths.js";
import { type UnixOptions, unix } from "./unix.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

async function listening(where: string, options?: UnixOptions): Promise<Listener> {
  const listener = await unix(options).listen(where, { onConnection: () => {} });
  cleanups.push(() => listener.close());
  return listener;
}

/** A path with a socket file as a killed process leaves it behind. */
async function stalePath(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "culvert-unix-"));
  const path = join(folder, "n2.sock");
  const server = createServer();
  await once(server.listen({ path }), "listening");
  // Closing removes the file, if it is still there.
  renameSync(path, `${path}.`);
  server.close();
  renameSync(`${path}.`, path);
  cleanups.push(() => rmSync(folder, { recursive: true }));
  return path;
}

const permissions = (path: string): number => lstatSync(path).mode & 0o777;

describe("a unix() listener's file", () => {
  it("lets its owner alone connect, unless told otherwise", async () => {
    const [mine, ours] = [freePath(), freePath()];
    await listening(mine);
    await listening(ours, { mode: 0o660 });
    expect([permissions(mine), permissions(ours)]).toEqual([0o600, 0o660]);
  });

  it("goes as soon as the listener stops accepting", async () => {
    const listener = await listening(freePath());
    listener.stopAccepting?.();
    expect(existsSync(listener.where)).toBe(false);
  });

  it("replaces one on which nobody listens any more", async () => {
    const path = await stalePath();
    await expect(unix().dial(path)).rejects.toMatchObject({ code: "CONNECTION_REFUSED" });
    await listening(path);
    await using connection = await unix().dial(path);
    expect(connection.remoteWhere).toBe(path);
    expect(permissions(path)).toBe(0o600);
  });

  it("is taken over by one alone when many want it at once", async () => {
    const path = await stalePath();
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => listening(path)));
    const refused = attempts.filter((each) => each.status === "rejected");
    expect(refused).toHaveLength(19);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: "LISTEN_ADDRESS_TAKEN" });
    await using connection = await unix().dial(path);
    expect(connection.remoteWhere).toBe(path);
    expect(readdirSync(dirname(path))).toEqual(["n2.sock"]);
  });

  it("stays where somebody listens who answers nobody, and where it is no socket", async () => {
    const path = freePath();
    const silent = createServer({ pauseOnConnect: true });
    await once(silent.listen({ path }), "listening");
    cleanups.push(() => silent.close());
    const taken = { code: "LISTEN_ADDRESS_TAKEN" };
    await expect(listening(path)).rejects.toMatchObject(taken);
    expect(lstatSync(path).isSocket()).toBe(true);
    const text = freePath();
    writeFileSync(text, "precious");
    cleanups.push(() => rmSync(text));
    await expect(listening(text)).rejects.toMatchObject(taken);
    expect(lstatSync(text).size).toBe(8);
  });

  it("needs its folder", async () => {
    const path = `${freePath()}/n2.sock`;
    await expect(listening(path)).rejects.toMatchObject({
      code: "LISTEN_FAILED",
      message: expect.stringContaining("its folder does not exist"),
    });
    await expect(unix().dial(path)).rejects.toMatchObject({ code: "CONNECTION_REFUSED" });
  });
});

describe("a unix() connection", () => {
  it("begins with the bytes of TCP", async () => {
    const { where } = await listening(freePath());
    const socket = connect({ path: where });
    cleanups.push(() => socket.destroy());
    const [hello] = await once(socket, "data");
    expect(hello.toString("hex")).toBe("43554c56010000000011000000001d4c");
  });

  it("waits for room where more dial at once than the system lets wait", async () => {
    const { where } = await listening(freePath());
    const transport = unix();
    const connections = await Promise.all(Array.from({ length: 700 }, () => transport.dial(where)));
    await Promise.all(connections.map((connection) => connection.close()));
  });

  it("is told when the listener has no room", async () => {
    const { where } = await listening(freePath(), { maxConnections: 1 });
    await using _first = await unix().dial(where);
    await expect(unix().dial(where)).rejects.toMatchObject({ code: "CONNECTION_LIMIT_EXCEEDED" });
  });
});

describe("unix()", () => {
  it.each<object>([
    { mode: 0o1000 },
    { mode: -1 },
    { deadPeerMs: 10 },
    { maxFrames: 3 },
    { reading: "slab" },
  ])("refuses %j", (options) => {
    expect(() => unix(options as never)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});
