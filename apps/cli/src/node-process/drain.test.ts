import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Culvert, collect, culvert, untilText } from "../../test-support/culvert.js";
import { until } from "../../test-support/runtimes.js";

// Real processes on a machine that may be busy.
const timeout = 40_000;

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** A server that sends each client these bytes in `seconds`, and ends; without a time it never ends. */
async function source(content: Buffer, seconds = Number.POSITIVE_INFINITY): Promise<number> {
  const server = createServer((socket) => trickle(socket, content, seconds)).listen(0, "127.0.0.1");
  cleanups.push(() => server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const stepMs = 20;

function trickle(socket: Socket, content: Buffer, seconds: number): void {
  const startedAt = performance.now();
  let sent = 0;
  socket.write(Buffer.concat([Buffer.from("HTTP/1.0 200 OK\r\n\r\n"), content.subarray(0, 1)]));
  socket.resume();
  const timer = setInterval(() => {
    const due = Math.floor(content.length * Math.min(1, (performance.now() - startedAt) / (seconds * 1000)));
    if (due > sent) socket.write(content.subarray(Math.max(1, sent), due));
    sent = Math.max(sent, due);
    if (sent === content.length) socket.end();
  }, stepMs);
  socket.on("error", () => {}).on("close", () => clearInterval(timer));
  cleanups.push(() => socket.destroy());
}

/** A node in a process of its own that the test sees end. */
async function foreground(cli: Culvert, name: string): Promise<ChildProcess> {
  const child = cli.start(["node", "create", name, "--foreground"]);
  child.stderr?.resume();
  cleanups.push(() => child.kill("SIGKILL"));
  await untilText(child.stdout, new RegExp(`^${name}$`, "m"));
  return child;
}

/** A portal between nodes `near` and `far`, of which one is a child of the test. */
async function portal(cli: Culvert, target: number, watched: "near" | "far") {
  const child = await foreground(cli, watched);
  await cli.ok(`node create ${watched === "near" ? "far" : "near"}`);
  await cli.ok(`tcp-outlet create --at far --to 127.0.0.1:${target}`);
  const where = await cli.ok("tcp-inlet create web --at near --to /node/far/service/outlet");
  return { child, where };
}

/** Fetches with curl, which tells an end from a reset. Resolves once the first byte is there. */
async function fetchBegun(where: string) {
  const curl = spawn("curl", ["--silent", "--no-buffer", "--max-time", "30", `http://${where}/`], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  cleanups.push(() => curl.kill("SIGKILL"));
  const parts: Buffer[] = [];
  curl.stdout.on("data", (part: Buffer) => parts.push(part));
  const closed = once(curl, "close") as Promise<[number]>;
  await once(curl.stdout, "data");
  return { ended: closed.then(([code]) => ({ code, content: Buffer.concat(parts) })) };
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

function refusalOf(where: string): Promise<string | undefined> {
  const [host = "", port = ""] = where.split(":");
  const socket = connect(Number(port), host);
  return new Promise((resolve) => {
    socket
      .once("connect", () => resolve(undefined))
      .once("error", ({ code }: NodeJS.ErrnoException) => resolve(code));
    socket.once("close", () => socket.destroy());
  });
}

describe.each(["near", "far"] as const)(
  "SIGTERM during a transfer, to its node %s",
  { timeout },
  (watched) => {
    it("lets the transfer end when it does so in time, byte for byte, and the process ends well", async () => {
      await using cli = await culvert();
      const content = randomBytes(4_000_000);
      const { child, where } = await portal(cli, await source(content, 1.5), watched);
      const transfer = await fetchBegun(where);
      child.kill("SIGTERM");
      const { code, content: got } = await transfer.ended;
      expect(got.equals(content)).toBe(true);
      expect(code).toBe(0);
      expect(await exitOf(child)).toBe(0);
    });

    it("resets the transfer when it does not, and the process is gone before it would be killed", async () => {
      await using cli = await culvert();
      const { child, where } = await portal(cli, await source(randomBytes(1_000)), watched);
      const transfer = await fetchBegun(where);
      const startedAt = performance.now();
      child.kill("SIGTERM");
      expect((await transfer.ended).code).toBe(56);
      expect(performance.now() - startedAt).toBeGreaterThan(2_000);
      expect(await exitOf(child)).toBe(0);
      expect(performance.now() - startedAt).toBeLessThan(5_000);
    });
  },
);

describe("a node that drains", { timeout }, () => {
  it("takes no visitors and no nodes any more", async () => {
    await using cli = await culvert();
    const { child, where } = await portal(cli, await source(randomBytes(1_000)), "near");
    const { route } = await cli.json<{ route: { verbose: string } }>("node show near");
    await fetchBegun(where);
    child.kill("SIGTERM");
    await until(async () => (await refusalOf(where)) === "ECONNREFUSED");
    const listener = `127.0.0.1:${route.verbose.split("/").at(-1)}`;
    await until(async () => (await refusalOf(listener)) === "ECONNREFUSED");
    expect(child.exitCode).toBeNull();
    await exitOf(child);
  });

  it("takes as little time as CULVERT_DRAIN_TIMEOUT says", async () => {
    await using cli = await culvert();
    const content = randomBytes(1_000);
    const port = await source(content);
    await cli.run("node create n1", { env: { CULVERT_DRAIN_TIMEOUT: "100ms" } });
    await cli.ok(`tcp-outlet create --at n1 --to 127.0.0.1:${port}`);
    const where = await cli.ok("tcp-inlet create --at n1 --to /service/outlet");
    const transfer = await fetchBegun(where);
    const startedAt = performance.now();
    await cli.ok("node stop n1");
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect((await transfer.ended).code).toBe(56);
  });

  it("tells the clients of its relays, which say so at once and come back with it", async () => {
    await using cli = await culvert();
    const target = await source(randomBytes(1_000));
    const relay = await foreground(cli, "relay");
    const { route } = await cli.json<{ route: { verbose: string } }>("node show relay");
    const listener = `127.0.0.1:${route.verbose.split("/").at(-1)}`;
    await cli.ok("node create home");
    await cli.ok(`relay create home --at /ip4/127.0.0.1/tcp/${route.verbose.split("/").at(-1)} --to home`);
    await cli.ok(`tcp-outlet create --at relay --to 127.0.0.1:${target}`);
    // A stream that does not end keeps the relay's node up while it drains.
    await fetchBegun(await cli.ok("tcp-inlet create --at relay --to /service/outlet"));
    const show = () =>
      cli.json<{ connection_status: string; last_failure: string | null; next_attempt_at: string | null }>(
        "relay show home --at home",
      );
    expect(await show()).toMatchObject({ connection_status: "Up", last_failure: null });
    relay.kill("SIGTERM");
    await until(async () => (await show()).connection_status === "Down");
    expect((await show()).last_failure).toMatch(/^(RELAY_LEAVING|CONNECTION_)/);
    await exitOf(relay);
    const again = ["--foreground", "--replace", "--tcp-listener-address", listener];
    const back = cli.start(["node", "create", "relay", ...again]);
    cleanups.push(() => back.kill("SIGKILL"));
    back.stderr?.resume();
    await untilText(back.stdout, /^relay$/m);
    await until(async () => (await show()).connection_status === "Up");
    back.kill("SIGTERM");
    const { code } = await collect(back);
    expect(code).toBe(0);
  });
});
