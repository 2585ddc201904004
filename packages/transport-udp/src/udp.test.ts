import { Socket } from "node:dgram";
import { afterEach, describe, expect, it, vi } from "vitest";
import { maxRepliesInFlight } from "./limits.js";
import { Stranger, TestEnd, type TestListener, TestWire, testListener } from "./test-ends.js";
import { udp } from "./udp.js";

const id = "0123456789abcdef";
const limits = `${(70_000).toString(16).padStart(8, "0")}00003a98`;
/** A hello without a cookie. */
const hello = `43550101${id}${limits}${"00".repeat(44)}`;
const withCookie = (cookie: Buffer): string =>
  `43550101${id}${limits}${cookie.toString("hex")}${"00".repeat(24)}`;
const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listening(...args: Parameters<typeof testListener>): Promise<TestListener> {
  const made = await testListener(...args);
  cleanups.push(() => made.listener.close());
  return made;
}

async function dialled(where: string, options?: Parameters<typeof udp>[0]): Promise<TestEnd> {
  const end = new TestEnd(await udp(options).dial(where));
  cleanups.push(() => end.connection.close());
  return end;
}

function stranger(where: string): Stranger {
  const made = new Stranger(where);
  cleanups.push(() => made.close());
  return made;
}

async function wired(target: TestListener): Promise<{ wire: TestWire; where: string }> {
  const wire = new TestWire(target.listener.where);
  cleanups.push(() => wire.close());
  return { wire, where: await wire.open() };
}

describe("a udp() listener", () => {
  it("makes no connection before a peer returned its cookie, and then tells how it was done in bytes", async () => {
    const { listener, ends, accepted } = await listening();
    const peer = stranger(listener.where);
    peer.send(hello);
    const cookie = await peer.next();
    expect(cookie.toString("hex")).toMatch(new RegExp(`^43550102${id}`));
    expect(cookie.length).toBe(32);
    expect(ends.length).toBe(0);
    peer.send(withCookie(cookie.subarray(12)));
    expect((await peer.next()).toString("hex")).toBe(`43550103${id}0001100000003a98`);
    await accepted(1);
    peer.send(`4355010a${id}`, Buffer.from("hi"));
    await ends[0]?.until(() => ends[0]?.frames.length === 1);
    peer.send(`43550108${id}aabb`);
    expect((await peer.next()).toString("hex")).toBe(`43550109${id}aabb`);
    peer.send(`43550107${id}`);
    await ends[0]?.untilClosed();
    expect(ends[0]?.closedWith).toBe("in order");
  });

  it("gives a cookie to nobody else, and sends never more than it got", async () => {
    const { listener, ends } = await listening();
    const [one, two] = [stranger(listener.where), stranger(listener.where)];
    one.send(hello);
    const cookie = await one.next();
    two.send(withCookie(cookie.subarray(12)));
    const answer = await two.next();
    expect(answer[3]).toBe(2);
    expect(answer.length).toBeLessThan(hello.length / 2);
    expect(ends.length).toBe(0);
  });

  it("welcomes a peer again whose welcome was lost, without a second connection", async () => {
    const { listener, ends } = await listening();
    const peer = stranger(listener.where);
    peer.send(hello);
    const answer = withCookie((await peer.next()).subarray(12));
    for (let i = 0; i < 3; i++) {
      peer.send(answer);
      expect((await peer.next())[3]).toBe(3);
    }
    expect(ends.length).toBe(1);
  });

  it("counts and ignores what makes no sense", async () => {
    const { listener, transport } = await listening();
    const peer = stranger(listener.where);
    const nonsense = [
      "",
      "00",
      "43550101",
      `43550201${id}`,
      "ff".repeat(1_000),
      hello.slice(0, -2),
      `4355010a${id}`,
    ];
    for (const bytes of nonsense) peer.send(bytes);
    peer.socket.send(Buffer.alloc(65_507), Number(listener.where.split(":")[1]), "127.0.0.1");
    peer.send(hello);
    const answers = [await peer.next(), await peer.next(), await peer.next()];
    // A hello of another version is answered, and so is a frame of an unknown connection.
    const kinds = answers.map((answer) => answer[3]);
    expect(kinds.sort()).toEqual([2, 5, 6].sort());
    expect(transport.counters.malformed).toBe(6);
    expect(transport.counters.unknown).toBe(1);
  });

  it("holds a bounded number of answers for a system that does not take them", async () => {
    const { listener, transport } = await listening();
    const peer = stranger(listener.where);
    const { send } = Socket.prototype;
    let held = 0;
    const spy = vi.spyOn(Socket.prototype, "send").mockImplementation(function (
      this: Socket,
      ...args: unknown[]
    ) {
      if (this === peer.socket) (send as (...all: unknown[]) => void).apply(this, args);
      else held++;
    });
    cleanups.push(() => spy.mockRestore());
    await vi.waitFor(
      () => {
        for (let i = 0; i < 200; i++) peer.send(hello);
        expect(transport.counters.unsent).toBeGreaterThan(0);
      },
      { timeout: 10_000, interval: 5 },
    );
    expect(held).toBe(maxRepliesInFlight);
  });

  it("tells a dialler that it has no room", async () => {
    const { listener } = await listening({ maxConnections: 1 });
    await dialled(listener.where);
    await expect(udp().dial(listener.where)).rejects.toMatchObject({ code: "CONNECTION_LIMIT_EXCEEDED" });
  });

  it("has room for one host only so far, and again when a connection is gone", async () => {
    const { listener } = await listening({ maxConnectionsPerHost: 1 });
    const first = await dialled(listener.where);
    const full = { code: "CONNECTION_LIMIT_EXCEEDED" };
    await expect(udp().dial(listener.where)).rejects.toMatchObject(full);
    await first.connection.close();
    await vi.waitFor(() => dialled(listener.where));
  });

  it("tells a dialler that its node has no room, and reports why", async () => {
    const reports: string[] = [];
    const listener = await udp({ onReport: ({ message }) => reports.push(message) }).listen("127.0.0.1:0", {
      onConnection: () => expect.unreachable(),
      refusal: () => "the node is full",
    });
    cleanups.push(() => listener.close());
    await expect(udp().dial(listener.where)).rejects.toMatchObject({ code: "CONNECTION_LIMIT_EXCEEDED" });
    expect(reports[0]).toMatch(/: the node is full$/);
  });

  it("follows a peer whose NAT maps it anew", async () => {
    const target = await listening();
    const { wire, where } = await wired(target);
    const near = await dialled(where);
    await target.accepted(1);
    const far = target.ends[0] as TestEnd;
    const before = far.connection.remoteWhere;
    wire.move();
    await near.connection.send([Buffer.from("from elsewhere")]);
    await far.until(() => far.frames.length === 1);
    const arrives = near.until(() => near.frames.length > 0);
    const sending = setInterval(() => void far.connection.send([Buffer.from("found you")]), 20);
    cleanups.push(() => clearInterval(sending));
    await arrives;
    expect(far.connection.remoteWhere).not.toBe(before);
  });

  it("does not follow a forged source address", async () => {
    const target = await listening();
    const near = await dialled(target.listener.where);
    await target.accepted(1);
    const far = target.ends[0] as TestEnd;
    const before = far.connection.remoteWhere;
    const forger = stranger(target.listener.where);
    // A forger has to guess 64 bits of the connection's id; this one guesses wrong.
    forger.send(`4355010a${id}`, Buffer.from("forged"));
    expect((await forger.next())[3]).toBe(6);
    await far.connection.send([Buffer.from("still yours")]);
    await near.until(() => near.frames.length === 1);
    expect([far.connection.remoteWhere, far.frames.length]).toEqual([before, 0]);
  });

  it("says that it does not know a connection from before its restart", async () => {
    const first = await listening();
    const near = await dialled(first.listener.where);
    await first.accepted(1);
    // Closing says goodbye; the wire loses it, as a crash would.
    const { wire, where } = await wired(first);
    const wiredEnd = await dialled(where);
    wire.loses = (bytes) => bytes[3] === 7;
    await first.listener.close();
    await near.untilClosed();
    await listening({}, first.listener.where);
    await wiredEnd.connection.send([Buffer.from("hello?")]);
    await wiredEnd.untilClosed();
    expect(wiredEnd.closedWith).toMatchObject({ code: "CONNECTION_RESET" });
  });
});

describe("a udp() dialler", () => {
  it("says that nobody listens when the system tells, and that no answer came when it does not", async () => {
    const { listener } = await testListener();
    await listener.close();
    await expect(udp().dial(listener.where)).rejects.toMatchObject({ code: "CONNECTION_REFUSED" });
    const silent = stranger(listener.where);
    silent.socket.bind(0, "127.0.0.1");
    await new Promise((resolve) => silent.socket.once("listening", resolve));
    const where = `127.0.0.1:${silent.socket.address().port}`;
    await expect(udp({ dialTimeoutMs: 300 }).dial(where)).rejects.toMatchObject({
      code: "CONNECTION_TIMED_OUT",
    });
    await expect(udp().dial("no-such-name.invalid:80")).rejects.toMatchObject({ code: "NAME_UNRESOLVED" });
  });

  it("tries again when a hello, a cookie or a welcome is lost", async () => {
    const target = await listening();
    const { wire, where } = await wired(target);
    const lost = new Set<number>();
    wire.loses = (bytes) => {
      const kind = bytes[3] as number;
      if (lost.has(kind)) return false;
      lost.add(kind);
      return true;
    };
    const near = await dialled(where);
    expect([...lost].sort()).toEqual([1, 2, 3]);
    expect(target.ends.length).toBe(1);
    expect(near.connection.remoteWhere).toBe(where);
  });

  it("notices soon that the peer's port is gone", async () => {
    const target = await testListener();
    const near = await dialled(target.listener.where);
    await target.accepted(1);
    await target.listener.close();
    await near.untilClosed();
    expect(near.closedWith).toBe("in order");
    const other = await testListener();
    const { wire, where } = await wired(other);
    const far = await dialled(where);
    wire.loses = (bytes) => bytes[3] === 7;
    await other.listener.close();
    wire.close();
    cleanups.splice(
      cleanups.findIndex((cleanup) => String(cleanup).includes("wire.close")),
      1,
    );
    const sending = setInterval(() => {
      if (far.closedWith === undefined) void far.connection.send([Buffer.from("x")]);
    }, 20);
    cleanups.push(() => clearInterval(sending));
    await far.untilClosed();
    expect(far.closedWith).toMatchObject({ code: "CONNECTION_RESET" });
  });

  it.each(["", "x", "127.0.0.1:70000", "127.0.0.1:0", "[nonsense]:80", "x\0:1"])(
    "does not dial %j",
    async (where) => {
      await expect(udp().dial(where)).rejects.toMatchObject({ code: "ADDRESS_INVALID" });
    },
  );
});

describe("a udp() connection", { timeout: 15_000 }, () => {
  it("carries frames in fragments, and loses whole frames only", async () => {
    const target = await listening();
    const { wire, where } = await wired(target);
    const near = await dialled(where);
    await target.accepted(1);
    const far = target.ends[0] as TestEnd;
    let count = 0;
    wire.loses = (bytes) => bytes[3] === 11 && count++ % 40 === 7;
    for (let i = 0; i < 60; i++) await near.connection.send([Buffer.alloc(15_000, i + 1)]);
    wire.loses = () => false;
    await near.connection.send([Buffer.from("last")]);
    await far.until(() => Buffer.from(far.frames.at(-1) ?? []).toString() === "last");
    const whole = far.frames.slice(0, -1);
    expect(whole.length).toBeGreaterThan(20);
    expect(whole.length).toBeLessThan(60);
    for (const frame of whole) expect(Buffer.alloc(15_000, frame[0]).equals(frame)).toBe(true);
  });

  it("declares a silent peer dead, on both ends, and forgets it", async () => {
    const quick = { pingIntervalMs: 250, deadPeerMs: 1_000 };
    const target = await listening(quick);
    const { wire, where } = await wired(target);
    const near = await dialled(where, quick);
    await target.accepted(1);
    wire.loses = () => true;
    const far = target.ends[0] as TestEnd;
    await Promise.all([near.untilClosed(), far.untilClosed()]);
    expect(near.closedWith).toMatchObject({ code: "PEER_DEAD" });
    expect(far.closedWith).toMatchObject({ code: "PEER_DEAD" });
  });

  it("stays open while idle, and while a third of all datagrams gets lost", async () => {
    const quick = { pingIntervalMs: 250, deadPeerMs: 1_500 };
    const target = await listening(quick);
    const { wire, where } = await wired(target);
    const near = await dialled(where, { ...quick, pingIntervalMs: 60_000 });
    await target.accepted(1);
    let seed = 1;
    wire.loses = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % 3_000 < 1_000;
    };
    await expect(near.untilClosed(3_000)).rejects.toThrow("nothing happened");
    expect(target.ends[0]?.closedWith).toBeUndefined();
  });
});
