import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Culvert, culvert } from "../../test-support/culvert.js";
import { until } from "../../test-support/runtimes.js";
import type { NodeSpec } from "../runtime/node-spec.js";
import type { InletView } from "./tcp-inlet.js";

const timeout = 60_000;
const hasSocketTable = existsSync("/proc/net/tcp");

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

describe("options of tcp-inlet and tcp-outlet", { timeout }, () => {
  let cli: Culvert;
  let echo: Server;

  beforeAll(async () => {
    echo = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
    await once(echo, "listening");
    cli = await culvert();
    await cli.ok("node create n1");
    await cli.ok(`tcp-outlet create --to ${portOf(echo)} --from back`);
  }, timeout);

  afterAll(async () => {
    echo.close();
    await cli[Symbol.asyncDispose]();
  }, timeout);

  const inlet = (options: string, outlet = "back"): Promise<InletView> =>
    cli.json<InletView>(`tcp-inlet create --to /service/${outlet} ${options}`);
  const failure = async ({ alias }: InletView): Promise<string | null> =>
    (await cli.json<InletView>(`tcp-inlet show ${alias}`)).last_failure;

  it("--allow-from lets in who is on the list, and nobody else", async () => {
    const open = await inlet("--allow-from 203.0.113.7 --allow-from 127.0.0.0/8");
    expect(await heard(visit(open))).toBe("hello");
    const closed = await inlet("--allow-from 203.0.113.7");
    expect(await heard(visit(closed))).toBe("ECONNRESET");
    expect(await failure(closed)).toMatch(/^VISITOR_REFUSED: /);
  });

  it("--max-connections bounds an inlet and an outlet", async () => {
    await cli.ok(`tcp-outlet create --to ${portOf(echo)} --from one --max-connections 1`);
    for (const bounded of [await inlet("--max-connections 1"), await inlet("", "one")]) {
      expect(await heard(visit(bounded))).toBe("hello");
      expect(await heard(visit(bounded))).toBe("ECONNRESET");
      expect(await failure(bounded)).toMatch(/^STREAM_LIMIT_EXCEEDED: .*limit of 1 streams/);
    }
  });

  it("--idle-timeout resets a connection that carries nothing", async () => {
    const socket = visit(await inlet("--idle-timeout 300ms"));
    expect(await heard(socket)).toBe("hello");
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
  });

  it.each([
    ["v1", /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\nhello$/],
    ["v2", /^\r\n\r\n\0\r\nQUIT\n!/],
  ])("--proxy-protocol %s tells the target about the visitor", async (version, header) => {
    await cli.ok(`tcp-outlet create --to ${portOf(echo)} --from ${version} --proxy-protocol ${version}`);
    let text = "";
    const socket = visit(await inlet("", version)).on("data", (bytes) => {
      text += String(bytes);
    });
    socket.write("hello");
    await until(() => text.endsWith("hello"));
    expect(text).toMatch(header);
  });

  it("--connect-timeout bounds the wait for a target that does not accept", async () => {
    await cli.ok(`tcp-outlet create --to ${await deafPort()} --from deaf --connect-timeout 200ms`);
    const view = await inlet("", "deaf");
    const startedAt = performance.now();
    expect(await heard(visit(view))).toBe("ECONNRESET");
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(await failure(view)).toMatch(/^TARGET_TIMED_OUT: /);
  });

  it.runIf(hasSocketTable)("--tcp-keep-alive off leaves the system's probes off", async () => {
    const on = await inlet("");
    const off = await inlet("--tcp-keep-alive off");
    for (const view of [on, off]) expect(await heard(visit(view))).toBe("hello");
    await until(() => hasKeepAlive(on));
    expect(hasKeepAlive(off)).toBe(false);
  });

  it("are kept over a restart of the node", async () => {
    const view = await inlet(
      "--allow-from 203.0.113.7 --max-connections 3 --tcp-no-delay off --retry-wait 1s",
    );
    await cli.ok("tcp-outlet create --to 9 --from kept --proxy-protocol v2 --connect-timeout 3s");
    await cli.ok("node stop n1");
    await cli.ok("node start n1");
    expect(await heard(visit(view))).toBe("ECONNRESET");
    const state = readFileSync(`${cli.home}/state/n1/resources.json`, "utf8");
    const { spec } = JSON.parse(state) as { spec: NodeSpec };
    expect(spec.resources["tcp-inlet"]).toContainEqual(
      expect.objectContaining({
        alias: view.alias,
        maxStreams: 3,
        noDelay: false,
        retryWaitMs: 1000,
      }),
    );
    expect(spec.resources["tcp-outlet"]).toContainEqual(
      expect.objectContaining({ connectTimeoutMs: 3000, proxyProtocol: "v2" }),
    );
  });

  it.each([
    ["tcp-inlet create --to echo --max-connections 0", /a whole number/],
    ["tcp-inlet create --to echo --tcp-no-delay maybe", /on, off/],
    ["tcp-inlet create --to echo --idle-timeout soon", /no duration[\s\S]+10s, 500ms/],
    ["tcp-outlet create --to 9 --proxy-protocol v3", /v1, v2/],
    ["tcp-outlet create --to 9 --connect-timeout 0", /--connect-timeout "0": it is no time at all/],
    ["tcp-inlet create --to echo --timeout 0", /--timeout "0": it is no time at all/],
    ["tcp-inlet create --to echo --ping-timeout 0s", /no time at all/],
    ["tcp-inlet create --to echo --retry-wait 0ms", /no time at all/],
    ["tcp-inlet create --to echo --idle-timeout 0", /no time at all/],
    [
      "tcp-inlet create --to echo --allow-from foo",
      /--allow-from "foo": it is no address or network[\s\S]+10\.0\.0\.0\/8/,
    ],
    ["tcp-inlet create --to echo --allow-from 10.0.0.0/33", /no address or network/],
    [
      "tcp-inlet create --to 127.0.0.1:9000",
      /a host and port, and not an outlet[\s\S]+tcp-outlet create --to 127\.0\.0\.1:9000/,
    ],
    ["tcp-outlet create --to 9 --from localhost:9", /a host and port, and not the address of a service/],
    ["relay create r --at 127.0.0.1:7000", /Give it as \/ip4\/127\.0\.0\.1\/tcp\/7000, or a node as n2/],
    ["message send hi --to :7000 --timeout 1s", /Give it as \/ip4\/127\.0\.0\.1\/tcp\/7000, with/],
    ["message send hi --to /service/echo --timeout 0", /no time at all/],
    ["route trace /service/echo --timeout 0", /no time at all/],
  ])("refuses %s, and says what helps", async (line, message) => {
    const run = await cli.run(line);
    expect(run).toMatchObject({ code: 64, stdout: "", stderr: expect.stringMatching(message) });
    expect(run.stderr).toMatch(/^ {2}try: ./m);
  });

  it("waits for nothing with --connection-wait 0", async () => {
    expect(await cli.run("tcp-inlet create --to nobody --connection-wait 0")).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        /keeps trying: .*`culvert route trace \/service\/nobody --from \S+` tells where/,
      ),
    });
  });
});

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function visit({ bind_addr }: InletView): Socket {
  const [host = "", port = ""] = bind_addr.split(":");
  const socket = connect(Number(port), host);
  cleanups.push(() => socket.destroy());
  return socket.on("error", () => {});
}

/** What comes back for "hello", or the code of the failure. */
function heard(socket: Socket): Promise<string | undefined> {
  socket.write("hello");
  return new Promise((resolve) => {
    socket.once("data", (bytes) => resolve(String(bytes)));
    socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code));
  });
}

/** A port whose queue of connections is full: what comes next is not answered. */
async function deafPort(): Promise<number> {
  const script =
    "import socket,time\ns=socket.socket()\ns.bind(('127.0.0.1',0))\ns.listen(0)\nprint(s.getsockname()[1],flush=True)\ntime.sleep(60)";
  const listener = spawn("python3", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  cleanups.push(() => listener.kill("SIGKILL"));
  const [line] = (await once(listener.stdout, "data")) as [Buffer];
  const port = Number(String(line));
  const filler = connect(port, "127.0.0.1").on("error", () => {});
  cleanups.push(() => filler.destroy());
  await once(filler, "connect");
  return port;
}

/** Whether a connection that the inlet accepted has the system's keep-alive timer. See proc(5), /proc/net/tcp. */
function hasKeepAlive({ bind_addr }: InletView): boolean {
  const port = Number(bind_addr.split(":").at(-1)).toString(16).toUpperCase().padStart(4, "0");
  const rows = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((row) => row.trim().split(/\s+/));
  return rows.some(
    ([, local, , state, , timer]) =>
      local?.endsWith(`:${port}`) && state === "01" && timer?.startsWith("02:"),
  );
}
