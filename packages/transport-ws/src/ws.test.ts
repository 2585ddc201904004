import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { ws as browserWs, wss as browserWss } from "./browser.js";
import { ws, wss } from "./node.js";
import { newCertificate } from "./test-certificate.js";
import { knock, testListener } from "./test-ends.js";

/** A hello with the defaults, as PROTOCOL.md has it. */
const hello = Buffer.from("0643554c56010000000011000000001d4c", "hex");

describe("a ws() listener", () => {
  it("listens at a path, and names it", async () => {
    await using far = await testListener({}, "/culvert?v=1");
    expect(far.listener.where).toMatch(/^127\.0\.0\.1:\d+\/culvert\?v=1$/);
    await using near = await ws().dial(far.listener.where);
    expect(near.remoteWhere).toBe(far.listener.where);
    const elsewhere = far.listener.where.replace("/culvert", "/other");
    await expect(ws().dial(elsewhere)).rejects.toMatchObject({
      code: "HANDSHAKE_FAILED",
      message: expect.stringContaining("answered 404"),
    });
  });

  it("answers plain requests, and those that do not speak of Culvert", async () => {
    await using far = await testListener();
    const answer = await fetch(far.url.replace("ws:", "http:"));
    expect([answer.status, answer.headers.get("upgrade")]).toEqual([426, "websocket"]);
    expect(await knock(far.url, {}, "")).toBe(400);
    expect(await knock(far.url, {}, "chat")).toBe(400);
    expect(await knock(far.url)).toBe(101);
  });

  it("lets in pages of its own address alone, unless told otherwise", async () => {
    await using far = await testListener();
    const { host } = new URL(far.url);
    expect(await knock(far.url, { origin: `http://${host}` })).toBe(101);
    expect(await knock(far.url, { origin: "https://elsewhere.example" })).toBe(403);
    expect(await knock(far.url, { origin: "null" })).toBe(403);
    // A name that somebody else leads here.
    expect(await knock(far.url, { origin: "http://rebound.example", host: "rebound.example" })).toBe(403);
    await using proxied = await testListener({ trustedProxies: 1 });
    const named = { origin: "https://relay.example", host: "relay.example" };
    expect(await knock(proxied.url, named)).toBe(101);
    await using open = await testListener({ origins: ["https://elsewhere.example"] });
    expect(await knock(open.url, { origin: "https://elsewhere.example" })).toBe(101);
    expect(await knock(open.url, { origin: `http://${new URL(open.url).host}` })).toBe(403);
  });

  it("believes a proxy's header when told to, and counts by it", async () => {
    const accept = async (options: object, forwarded: string): Promise<string> => {
      await using far = await testListener(options);
      const socket = new WebSocket(far.url, "culvert", { headers: { "x-forwarded-for": forwarded } });
      socket.on("open", () => socket.send(hello));
      await vi.waitFor(() => expect(far.accepted).toHaveLength(1));
      const { remoteWhere } = far.accepted[0] ?? { remoteWhere: "" };
      socket.terminate();
      return remoteWhere.replace(/:\d+$/, "");
    };
    expect(await accept({}, "10.0.0.9")).toBe("127.0.0.1");
    const chain = "10.0.0.7, 10.0.0.8,10.0.0.9";
    expect(await accept({ trustedProxies: 1 }, chain)).toBe("10.0.0.9");
    expect(await accept({ trustedProxies: 2 }, chain)).toBe("10.0.0.8");
    expect(await accept({ trustedProxies: 9 }, "fd00::7")).toBe("[fd00::7]");
    expect(await accept({ trustedProxies: 1 }, "nobody")).toBe("127.0.0.1");
    await using far = await testListener({ trustedProxies: 1, maxConnectionsPerHost: 1 });
    const says = async (forwarded: string): Promise<number> => {
      const socket = new WebSocket(far.url, "culvert", { headers: { "x-forwarded-for": forwarded } });
      const [answer] = (await once(socket, "message")) as [Buffer];
      return answer[6] as number;
    };
    expect([await says("10.0.0.1"), await says("10.0.0.1"), await says("10.0.0.2")]).toEqual([0, 1, 0]);
  });

  it("keeps no connection of those it refused, who keep their side open", async () => {
    await using far = await testListener();
    const { host, port } = new URL(far.url);
    const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
    const failed = vi.fn();
    socket.on("error", failed).resume();
    socket.write(
      `GET /nowhere HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    await once(socket, "end");
    await vi.waitFor(() => {
      socket.write("x");
      expect(failed).toHaveBeenCalled();
    });
  });

  it("lets the host with most of those who ask for nothing give way, its oldest first", async () => {
    await using far = await testListener({ maxHandshakes: 4 });
    const port = Number(new URL(far.url).port);
    const come = async (localAddress: string): Promise<{ gone: boolean; destroy(): void }> => {
      const socket = connect({ port, host: "127.0.0.1", localAddress }).on("error", () => {});
      const stranger = { gone: false, destroy: () => socket.destroy() };
      socket.on("close", () => {
        stranger.gone = true;
      });
      await once(socket, "connect");
      return stranger;
    };
    const honest = await come("127.0.0.1");
    const hogs: Awaited<ReturnType<typeof come>>[] = [];
    for (let i = 0; i < 12; i++) hogs.push(await come("127.0.0.2"));
    await vi.waitFor(() => expect(hogs.map(({ gone }) => gone)).toEqual(hogs.map((_, i) => i < 9)));
    expect(honest.gone).toBe(false);
    for (const each of [honest, ...hogs]) each.destroy();
  });

  it("lets the oldest go of those who ask for nothing", async () => {
    await using far = await testListener({ maxHandshakes: 2 });
    const port = Number(new URL(far.url).port);
    const strangers = [];
    for (let i = 0; i < 3; i++) {
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      strangers.push({ socket, gone: once(socket, "close") });
      await once(socket, "connect");
    }
    await strangers[0]?.gone;
    await (await ws().dial(far.listener.where)).close();
    for (const { socket } of strangers) socket.destroy();
  });
});

describe("a ws() connection", () => {
  it.each<[string, string | Buffer, string]>([
    ["text", "hello", "FRAME_INVALID"],
    ["a frame that is too large", Buffer.alloc(2_002), "FRAME_TOO_LARGE"],
  ])("closes for %s", async (_, message, code) => {
    await using far = await testListener({ maxFrameBytes: 2_000 });
    const socket = new WebSocket(far.url, "culvert").on("error", () => {});
    await once(socket, "open");
    socket.send(hello);
    socket.send(message);
    expect((await far.closed.promise)?.code).toBe(code);
    socket.terminate();
  });

  it("closes for what is no WebSocket frame", async () => {
    await using far = await testListener();
    const socket = new WebSocket(far.url, "culvert").on("error", () => {});
    const [, request] = await Promise.all([once(socket, "open"), once(socket, "upgrade")]);
    socket.send(hello);
    request[0].socket.write("\xff\xff\xff\xff");
    expect((await far.closed.promise)?.code).toBe("FRAME_INVALID");
    socket.terminate();
  });

  it("closes when a message does not come whole in time, though its peer sends on", async () => {
    await using far = await testListener({ frameTimeoutMs: 1_000, pingIntervalMs: 200 });
    const socket = new WebSocket(far.url, "culvert").on("error", () => {});
    const [, request] = await Promise.all([once(socket, "open"), once(socket, "upgrade")]);
    socket.send(hello);
    // A message of 100,000 bytes, masked by nothing.
    request[0].socket.write(Buffer.from("82ff00000000000186a000000000", "hex"));
    const dripping = setInterval(() => request[0].socket.write("."), 50);
    expect((await far.closed.promise)?.message).toMatch(/did not finish a frame within 1000 ms$/);
    clearInterval(dripping);
    socket.terminate();
  });

  it("says something more often than proxies wait", async () => {
    await using far = await testListener();
    const socket = new WebSocket(far.url, "culvert");
    await once(socket, "open");
    socket.send(hello);
    const before = performance.now();
    await new Promise<void>((resolve) =>
      socket.on("message", (data: Buffer) => data.equals(Buffer.of(1)) && resolve()),
    );
    expect(performance.now() - before).toBeLessThan(30_000);
    socket.terminate();
  });
});

describe("dial() of ws()", () => {
  it("says what a server answers that is none of Culvert, and that a proxy finds nobody", async () => {
    let status = 502;
    const server = createServer((_, response) => response.writeHead(status).end());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const where = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(ws().dial(where)).rejects.toMatchObject({ code: "CONNECTION_REFUSED" });
    status = 200;
    await expect(ws().dial(where)).rejects.toMatchObject({
      code: "HANDSHAKE_FAILED",
      message: expect.stringContaining("answered 200"),
    });
    server.close();
  });

  it("says why it does not believe a certificate", async () => {
    const tls = newCertificate();
    await using listener = await wss({ tls }).listen("127.0.0.1:0", { onConnection: () => {} });
    await expect(wss().dial(listener.where)).rejects.toMatchObject({
      code: "HANDSHAKE_FAILED",
      message: expect.stringContaining("self-signed certificate"),
    });
    await (await wss({ tls: { ca: tls.cert } }).dial(listener.where)).close();
    const localhost = listener.where.replace("127.0.0.1", "localhost");
    await (await wss({ tls: { ca: tls.cert } }).dial(localhost)).close();
  });

  it("says that no TLS is spoken", async () => {
    await using far = await testListener();
    await expect(wss().dial(far.listener.where)).rejects.toMatchObject({
      code: "HANDSHAKE_FAILED",
      message: expect.stringContaining("wrong version number"),
    });
  });

  it("needs a certificate that can be read to listen over TLS", async () => {
    const listening = wss({ tls: { cert: "x", key: "y" } }).listen("127.0.0.1:0", { onConnection: () => {} });
    await expect(listening).rejects.toMatchObject({ code: "LISTEN_FAILED" });
  });
});

describe("ws() of browsers", () => {
  afterEach(() => void vi.unstubAllGlobals());

  it("dials by the platform's WebSocket", async () => {
    vi.stubGlobal("WebSocket", WebSocket);
    await using far = await testListener();
    const near = await browserWs().dial(far.listener.where);
    await near.close();
    expect(await far.closed.promise).toBeUndefined();
    await expect(browserWss().dial(far.listener.where)).rejects.toMatchObject({ code: "CONNECTION_REFUSED" });
    await far.listener.close();
    await expect(browserWs().dial(far.listener.where)).rejects.toMatchObject({ code: "CONNECTION_REFUSED" });
  });

  it("does not listen", async () => {
    const listening = browserWs().listen("127.0.0.1:0", { onConnection: () => {} });
    await expect(listening).rejects.toMatchObject({ code: "LISTEN_FAILED" });
  });
});

describe("options of ws()", () => {
  it.each<object>([
    { trustedProxies: -1 },
    { trustedProxies: true },
    { origins: ["app.example"] },
    { origins: ["https://app.example/"] },
    { proxy: "socks5://127.0.0.1:1" },
    { proxy: "proxy:3128" },
    { slabBytes: 65_536 },
    { onReport: "console" },
    { maxFrames: 3 },
  ])("cannot be %j", (options) => {
    expect(() => ws(options as never)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});
