import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Connection, CulvertError, Listener } from "@x/core";
import { encodeHello } from "@x/transport-kit";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { TcpOptions } from "./settings.js";
import { tcp } from "./tcp.js";
import { later, TestEnd, testPair } from "./test-ends.js";

/** As in `limits.ts` of transport-kit. */
const maxFramesPerTurn = 256;

const hello = encodeHello({ maxFrameBytes: 1_000_000, deadPeerMs: 15_000, full: false });
const ping = Buffer.from("80010000", "hex");
const pong = Buffer.from("80020000", "hex");
const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A listener under test, what it accepted and what it reported. */
async function listening(options: TcpOptions = {}): Promise<{
  listener: Listener;
  ends: TestEnd[];
  reports: CulvertError[];
  accepted: Promise<Connection>;
}> {
  const ends: TestEnd[] = [];
  const reports: CulvertError[] = [];
  const { promise, resolve } = later<Connection>();
  const transport = tcp({ ...options, onReport: (error) => reports.push(error) });
  const listener = await transport.listen("127.0.0.1:0", {
    onConnection: (connection) => {
      ends.push(new TestEnd(connection).start());
      resolve(connection);
    },
  });
  cleanups.push(() => listener.close());
  return { listener, ends, reports, accepted: promise };
}

/** A plain socket to a listener, with all that it receives. */
async function stranger(
  where: string,
  localAddress = "127.0.0.1",
): Promise<{ socket: Socket; received: () => Buffer; closed: Promise<unknown> }> {
  const socket = connect({ port: Number(where.split(":")[1]), host: "127.0.0.1", localAddress });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  cleanups.push(() => socket.destroy());
  await once(socket, "connect");
  return { socket, received: () => Buffer.concat(chunks), closed };
}

/** A plain server that says what it is told to whoever connects. */
async function strangeServer(greet: (socket: Socket) => void): Promise<string> {
  const server: Server = createServer((socket) => {
    cleanups.push(() => socket.destroy());
    socket.on("error", () => {});
    greet(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("a tcp() listener", () => {
  it("closes at once what does not speak Culvert, and reports it", async () => {
    const { listener, reports } = await listening();
    const { socket, closed } = await stranger(listener.where);
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await closed;
    expect(reports).toEqual([expect.objectContaining({ code: "HANDSHAKE_FAILED" })]);
  });

  it("tells a peer of another version which one it speaks", async () => {
    const { listener, reports } = await listening();
    const { socket, closed, received } = await stranger(listener.where);
    socket.write(Buffer.from("43554c5609", "hex"));
    await closed;
    expect(received().subarray(0, 5).toString("hex")).toBe("43554c5601");
    expect(reports[0]?.code).toBe("VERSION_UNSUPPORTED");
  });

  it("closes what says no hello in time, also byte by byte", async () => {
    const { listener, reports } = await listening({ handshakeTimeoutMs: 100 });
    const { socket, closed } = await stranger(listener.where);
    socket.write(hello.subarray(0, 15));
    await closed;
    expect(reports[0]?.message).toBe("Cannot shake hands: the peer said no hello within 100 ms");
  });

  it("gives up the oldest silent peer when too many wait", async () => {
    const { listener, accepted } = await listening({ maxHandshakes: 2 });
    const first = await stranger(listener.where);
    const second = await stranger(listener.where);
    const third = await stranger(listener.where);
    await first.closed;
    second.socket.write(hello);
    await accepted;
    third.socket.write(hello);
    expect(first.socket.destroyed).toBe(true);
  });

  it("tells a dialler that it has no room", async () => {
    const { listener } = await listening({ maxConnections: 1 });
    const first = await tcp().dial(listener.where);
    await expect(tcp().dial(listener.where)).rejects.toMatchObject({ code: "CONNECTION_LIMIT_EXCEEDED" });
    await first.close();
    // The place is free as soon as the listener has seen the goodbye, so a later attempt gets through.
    let again: Connection | undefined;
    for (let i = 0; i < 50 && again === undefined; i++)
      again = await tcp()
        .dial(listener.where)
        .catch(() => undefined);
    expect(again).toBeDefined();
    await again?.close();
  });

  it("tells a dialler that its node has no room, gives the socket back at once, and reports why", async () => {
    const reports: CulvertError[] = [];
    const listener = await tcp({ onReport: (error) => reports.push(error) }).listen("127.0.0.1:0", {
      onConnection: () => expect.unreachable(),
      refusal: () => "the node is full",
    });
    cleanups.push(() => listener.close());
    const { received, closed } = await stranger(listener.where);
    await closed;
    expect(received().equals(encodeHello({ maxFrameBytes: 1_114_112, deadPeerMs: 7_500, full: true }))).toBe(
      true,
    );
    await expect(tcp().dial(listener.where)).rejects.toMatchObject({ code: "CONNECTION_LIMIT_EXCEEDED" });
    expect(reports.map(({ code }) => code)).toEqual([
      "CONNECTION_LIMIT_EXCEEDED",
      "CONNECTION_LIMIT_EXCEEDED",
    ]);
    expect(reports[0]?.message).toMatch(/: the node is full$/);
  });

  it("has room for one host and one network only so far, and for others still", async () => {
    const { listener, reports } = await listening({ maxConnectionsPerHost: 2, maxConnectionsPerNetwork: 3 });
    const first = await stranger(listener.where);
    await stranger(listener.where);
    const third = await stranger(listener.where);
    await third.closed;
    expect(third.received()[5]).toBe(1);
    await stranger(listener.where, "127.0.0.2");
    await (await stranger(listener.where, "127.0.0.3")).closed;
    expect(reports.map(({ code }) => code)).toEqual([
      "CONNECTION_LIMIT_EXCEEDED",
      "CONNECTION_LIMIT_EXCEEDED",
    ]);
    const elsewhere = await stranger(listener.where, "127.0.1.1");
    await vi.waitFor(() => expect(elsewhere.received()[5]).toBe(0));
    first.socket.destroy();
    await vi.waitFor(async () => {
      const again = await stranger(listener.where);
      await vi.waitFor(() => expect(again.received()[5]).toBe(0), { timeout: 200 });
    });
  });

  it("counts the peers that have not said hello", async () => {
    const transport = tcp({ handshakeTimeoutMs: 100 });
    const listener = await transport.listen("127.0.0.1:0", { onConnection: () => {} });
    cleanups.push(() => listener.close());
    const { closed } = await stranger(listener.where);
    await vi.waitFor(() => expect(transport.counters.handshakes).toBe(1));
    await closed;
    await vi.waitFor(() => expect(transport.counters.handshakes).toBe(0));
  });

  it("reads hello and frames that come byte by byte, and skips control frames it does not know", async () => {
    const { listener, ends, accepted } = await listening();
    const { socket } = await stranger(listener.where);
    socket.setNoDelay(true);
    const bytes = Buffer.concat([
      hello,
      Buffer.from("ffff0001aa", "hex"),
      Buffer.from("0000000568656c6c6f", "hex"),
    ]);
    for (const byte of bytes) {
      socket.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    await accepted;
    await ends[0]?.until(() => ends[0]?.frames.length === 1);
    expect(Buffer.from(ends[0]?.frames[0] ?? []).toString()).toBe("hello");
  });

  it.each([
    ["a frame above the limit", "001e8481", "FRAME_TOO_LARGE"],
    ["the longest length", "7fffffff", "FRAME_TOO_LARGE"],
    ["a control frame above the limit", "8001ffff", "FRAME_INVALID"],
  ])("closes a connection that sends %s", async (_, hex, code) => {
    const { listener, ends, accepted } = await listening();
    const { socket, closed } = await stranger(listener.where);
    socket.write(Buffer.concat([hello, Buffer.from(hex, "hex")]));
    await accepted;
    await closed;
    expect(ends[0]?.closedWith).toMatchObject({ code });
  });

  it("says so when a peer ends in the middle of a frame, or without a goodbye", async () => {
    const { listener, ends } = await listening();
    for (const tail of ["00000005aa", ""]) {
      const { socket } = await stranger(listener.where);
      socket.end(Buffer.concat([hello, Buffer.from(tail, "hex")]));
      await once(socket, "close");
    }
    expect(ends.map((end) => end.closedWith)).toEqual([
      expect.objectContaining({ code: "CONNECTION_RESET" }),
      expect.objectContaining({ code: "CONNECTION_RESET" }),
    ]);
  });

  it("answers a flood of pings with few pongs and no growth", async () => {
    const { listener, accepted, ends } = await listening();
    const { socket, received } = await stranger(listener.where);
    socket.write(hello);
    await accepted;
    const flood = Buffer.alloc(400_000, ping);
    socket.write(flood);
    socket.write(Buffer.from("0000000141", "hex"));
    await ends[0]?.until(() => ends[0]?.frames.length === 1);
    await ends[0]?.connection.send([Buffer.from("end")]);
    await new Promise<void>((resolve) => {
      const look = (): void => (received().includes("end") ? resolve() : void socket.once("data", look));
      look();
    });
    const pongs = received().subarray(16).toString("hex").split(pong.toString("hex")).length - 1;
    expect(pongs).toBeGreaterThan(0);
    expect(pongs).toBeLessThan(1_000);
  });

  it("closes in time though its peers neither read nor close", async () => {
    const { listener, ends, accepted } = await listening({ closeTimeoutMs: 200 });
    const { socket } = await stranger(listener.where);
    const silent = await stranger(listener.where);
    socket.write(hello);
    socket.pause();
    await accepted;
    const block = Buffer.alloc(1_000_000);
    while (ends[0]?.connection.send([block]) === undefined);
    const before = performance.now();
    await Promise.all([listener.close(), listener.close()]);
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(ends[0]?.closedWith).toBe("in order");
    await silent.closed;
  });
});

describe("a tcp() dialler", () => {
  it.each([
    ["speaks something else", "HTTP/1.1 400 Bad Request\r\n\r\n", "HANDSHAKE_FAILED"],
    ["speaks another version", Buffer.from("43554c5602", "hex"), "VERSION_UNSUPPORTED"],
  ])("says so when the peer %s", async (_, greeting, code) => {
    const where = await strangeServer((socket) => void socket.write(greeting));
    await expect(tcp().dial(where)).rejects.toMatchObject({ code });
  });

  it("says so when the peer says nothing, closes or resets", async () => {
    const failed = expect.objectContaining({ code: "HANDSHAKE_FAILED" });
    const silent = await strangeServer(() => {});
    await expect(tcp({ handshakeTimeoutMs: 100 }).dial(silent)).rejects.toEqual(failed);
    const closing = await strangeServer((socket) => void socket.end());
    await expect(tcp().dial(closing)).rejects.toEqual(failed);
    const resetting = await strangeServer((socket) => void socket.resetAndDestroy());
    await expect(tcp().dial(resetting)).rejects.toEqual(failed);
  });

  it("gives up a handshake when told to", async () => {
    const where = await strangeServer(() => controller.abort());
    const controller = new AbortController();
    await expect(tcp().dial(where, { signal: controller.signal })).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("keeps frames that came right behind the hello until it is started", async () => {
    const where = await strangeServer((socket) => {
      socket.write(Buffer.concat([hello, Buffer.from("00000002686980030000", "hex")]));
      socket.end();
    });
    const end = new TestEnd(await tcp().dial(where));
    await new Promise(setImmediate);
    end.start();
    await end.untilClosed();
    expect(Buffer.concat(end.frames).toString()).toBe("hi");
    expect(end.closedWith).toBe("in order");
  });
});

describe("a tcp() connection that is flooded with small frames", () => {
  const flood = (frames: number): Buffer => Buffer.alloc(frames * 5, Buffer.from("0000000161", "hex"));

  it.each([
    ["", () => undefined],
    [", also when its receiver is ready again at once", () => Promise.resolve()],
  ])("hands over a bounded number in one turn of the event loop%s", async (_, answer) => {
    const { listener, ends, accepted } = await listening();
    const { socket } = await stranger(listener.where);
    socket.write(hello);
    await accepted;
    const end = ends[0] as TestEnd;
    end.answer = answer;
    const perTurn: number[] = [];
    let before = 0;
    let isOver = false;
    const count = (): void => {
      perTurn.push(end.frames.length - before);
      before = end.frames.length;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    socket.write(flood(100_000));
    await end.until(() => end.frames.length === 100_000, 15_000);
    isOver = true;
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(2 * maxFramesPerTurn);
    expect(perTurn.reduce((sum, frames) => sum + frames, 0)).toBeGreaterThan(90_000);
  });

  it("answers others in the meantime", async () => {
    const { listener, ends, accepted } = await listening();
    const hog = await stranger(listener.where);
    hog.socket.write(hello);
    await accepted;
    hog.socket.write(flood(500_000));
    const honest = new TestEnd(await tcp().dial(listener.where)).start();
    cleanups.push(() => honest.connection.close());
    await ends[0]?.until(() => ends.length === 2);
    const far = ends[1] as TestEnd;
    far.answer = () => far.connection.send([Buffer.from("echo")]);
    for (let round = 1; round <= 20; round += 1) {
      const framesOfHog = ends[0]?.frames.length ?? 0;
      await honest.connection.send([Buffer.from("echo")]);
      await honest.until(() => honest.frames.length === round);
      expect((ends[0]?.frames.length ?? 0) - framesOfHog).toBeLessThanOrEqual(20 * maxFramesPerTurn);
    }
  });
});

describe("a tcp() listener whose peers leave frames incomplete", { timeout: 15_000 }, () => {
  /** The beginning of a frame of 900,000 bytes. */
  const half = (bytes: number): Buffer => {
    const frame = Buffer.alloc(4 + bytes);
    frame.writeUInt32BE(900_000);
    return frame;
  };
  const quick: TcpOptions = { pingIntervalMs: 200, frameTimeoutMs: 1_000 };

  it("closes a connection that does not finish a frame in time, though it sends on", async () => {
    const { listener, ends, accepted } = await listening(quick);
    const { socket, closed } = await stranger(listener.where);
    socket.write(Buffer.concat([hello, half(10)]));
    await accepted;
    const dripping = setInterval(() => socket.write("."), 50);
    cleanups.push(() => clearInterval(dripping));
    await closed;
    expect(ends[0]?.closedWith).toMatchObject({
      code: "CONNECTION_TIMED_OUT",
      message: expect.stringMatching(/did not finish a frame within 1000 ms$/),
    });
  });

  it("does not count the time during which its own receiver is busy", async () => {
    const { listener, ends, accepted } = await listening(quick);
    const { socket } = await stranger(listener.where);
    socket.write(hello);
    await accepted;
    const end = ends[0] as TestEnd;
    const room = later<void>();
    end.answer = () => room.promise;
    socket.write(Buffer.concat([Buffer.from("0000000161", "hex"), half(100_000)]));
    await expect(end.untilClosed(2_000)).rejects.toThrow("nothing happened");
    room.resolve();
    await end.untilClosed();
    expect(end.closedWith).toMatchObject({ code: "CONNECTION_TIMED_OUT" });
  });

  it("closes those of the host that holds most when all together hold too much", async () => {
    const maxPartialBytes = 4_000_000;
    const { listener, ends } = await listening({ ...quick, frameTimeoutMs: 60_000, maxPartialBytes });
    const [honest, ...hogs] = await Promise.all([
      stranger(listener.where, "127.0.0.2"),
      ...Array.from({ length: 12 }, () => stranger(listener.where)),
    ]);
    for (const { socket } of [...hogs, honest]) socket.write(Buffer.concat([hello, half(600_000)]));
    const limit = expect.objectContaining({ code: "CONNECTION_LIMIT_EXCEEDED" });
    const closed = (): TestEnd[] => ends.filter((end) => end.closedWith !== undefined);
    await vi.waitFor(() => expect(closed().length).toBeGreaterThanOrEqual(6), { timeout: 5_000 });
    for (const end of closed()) {
      expect(end.closedWith).toEqual(limit);
      expect(end.connection.remoteWhere).toMatch(/^127\.0\.0\.1:/);
    }
    expect(closed().length).toBeLessThan(12);
    honest.socket.write(Buffer.alloc(300_000));
    await vi.waitFor(() => expect(ends.some((end) => end.frames.length === 1)).toBe(true), {
      timeout: 5_000,
    });
  });
});

describe("a tcp() connection's pulse", { timeout: 15_000 }, () => {
  const quick: TcpOptions = { pingIntervalMs: 250, deadPeerMs: 1_000 };

  it("declares a silent peer dead, idle or busy", async () => {
    const { listener, ends, accepted } = await listening(quick);
    const { socket } = await stranger(listener.where);
    socket.write(hello);
    await accepted;
    const sending = setInterval(() => {
      if (ends[0]?.closedWith === undefined) void ends[0]?.connection.send([Buffer.from("busy")]);
    }, 20);
    cleanups.push(() => clearInterval(sending));
    const before = performance.now();
    await ends[0]?.untilClosed();
    expect(ends[0]?.closedWith).toMatchObject({ code: "PEER_DEAD" });
    expect(performance.now() - before).toBeGreaterThan(700);
  });

  it("keeps an idle connection alive for a peer with a shorter dead-peer time", async () => {
    const pair = await testPair({
      accepting: quick,
      dialling: { pingIntervalMs: 60_000, deadPeerMs: 60_000 },
    });
    cleanups.push(() => pair[Symbol.asyncDispose]());
    await expect(pair.accepted.untilClosed(2_500)).rejects.toThrow("nothing happened");
    expect(pair.dialled.closedWith).toBeUndefined();
  });

  it("sends a peer no more pings than one a second, however short it says its dead-peer time is", async () => {
    const { listener, ends, accepted } = await listening({ pingIntervalMs: 60_000, deadPeerMs: 60_000 });
    const { socket, received } = await stranger(listener.where);
    socket.write(encodeHello({ maxFrameBytes: 1_000_000, deadPeerMs: 1_000, full: false }));
    await accepted;
    await expect(ends[0]?.untilClosed(3_300)).rejects.toThrow("nothing happened");
    const pings = (received().length - hello.length) / ping.length;
    expect(pings).toBeGreaterThanOrEqual(1);
    expect(pings).toBeLessThanOrEqual(3);
  });

  it("takes neither a reader that waits nor its peer for dead", async () => {
    const pair = await testPair({ accepting: quick, dialling: quick });
    cleanups.push(() => pair[Symbol.asyncDispose]());
    const { dialled, accepted } = pair;
    const room = later<void>();
    accepted.answer = () => room.promise;
    const block = Buffer.alloc(65_536);
    let sent = 1;
    for (; dialled.connection.send([block]) === undefined; sent++);
    await expect(accepted.until(() => accepted.frames.length > 1, 2_500)).rejects.toThrow("nothing happened");
    expect([dialled.closedWith, accepted.closedWith]).toEqual([undefined, undefined]);
    accepted.answer = () => undefined;
    room.resolve();
    await accepted.until(() => accepted.frames.length === sent);
  });

  it("survives a blocked event loop", async () => {
    const pair = await testPair({ accepting: quick, dialling: quick });
    cleanups.push(() => pair[Symbol.asyncDispose]());
    const until = performance.now() + 2_000;
    while (performance.now() < until);
    void pair.dialled.connection.send([Buffer.from("still here")]);
    await pair.accepted.until(() => pair.accepted.frames.length === 1);
    expect(pair.accepted.closedWith).toBeUndefined();
  });
});
