import { createHash } from "node:crypto";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { connect } from "node:net";
import { formatHostPort } from "@x/core";
import { afterEach, describe, expect, it } from "vitest";
import { tcp } from "./tcp.js";
import { later, type TestPair, testPair } from "./test-ends.js";

let pair: TestPair | undefined;
afterEach(async () => {
  await pair?.[Symbol.asyncDispose]();
  pair = undefined;
});

/** A frame whose bytes say which one it is. */
function frame(index: number, bytes: number): Buffer {
  const made = Buffer.alloc(bytes, index & 0xff);
  if (bytes >= 4) made.writeUInt32BE(index);
  return made;
}

const digest = (parts: readonly Uint8Array[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

describe("a listener's stopAccepting()", () => {
  it("refuses who comes, and lets the connections that are there carry frames", async () => {
    pair = await testPair();
    const { listener, dialled, accepted } = pair;
    listener.stopAccepting?.();
    listener.stopAccepting?.();
    await expect(tcp().dial(listener.where)).rejects.toMatchObject({ code: "CONNECTION_REFUSED" });
    await dialled.connection.send([frame(1, 100)]);
    await accepted.connection.send([frame(2, 100)]);
    await accepted.until(() => accepted.frames.length === 1);
    await dialled.until(() => dialled.frames.length === 1);
    await listener.close();
    await dialled.untilClosed();
    expect(dialled.closedWith).toBe("in order");
  });

  it("lets go of sockets that have not said hello", async () => {
    const listener = await tcp().listen("127.0.0.1:0", { onConnection: () => {} });
    const stranger = connect(Number(listener.where.split(":")[1]), "127.0.0.1");
    const gone = once(stranger, "close");
    stranger.on("error", () => {});
    await once(stranger, "data");
    listener.stopAccepting?.();
    await gone;
    await listener.close();
  });
});

describe.each(["slab", "events"] as const)("tcp() reading by %s", (reading) => {
  const both = { accepting: { reading }, dialling: { reading } };

  it.each([0, 1, 4, 99, 4_095, 4_096, 65_536, 300_000, 1_114_112])(
    "carries frames of %i bytes both ways, whole and in order",
    async (bytes) => {
      pair = await testPair(both);
      const sent = Array.from({ length: 20 }, (_, i) => frame(i, bytes));
      for (const end of [pair.dialled, pair.accepted]) {
        for (const each of sent) await end.connection.send([each.subarray(0, 3), each.subarray(3)]);
      }
      for (const end of [pair.dialled, pair.accepted]) {
        await end.until(() => end.frames.length === 20);
        expect(end.frames.map((each) => each.length)).toEqual(sent.map((each) => each.length));
        expect(digest(end.frames)).toBe(digest(sent));
      }
    },
  );

  it("keeps mixed sizes intact, also those that were received long ago", async () => {
    pair = await testPair(both);
    const { dialled, accepted } = pair;
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const sent = Array.from({ length: 3_000 }, (_, i) =>
      frame(i, random(10) === 0 ? random(100_000) : random(300)),
    );
    for (const each of sent) await dialled.connection.send([each]);
    await accepted.until(() => accepted.frames.length === sent.length);
    expect(digest(accepted.frames)).toBe(digest(sent));
  });

  it("stops reading while a receiver is busy, and then goes on", async () => {
    pair = await testPair(both);
    const { dialled, accepted } = pair;
    const room = later<void>();
    accepted.answer = () => room.promise;
    const one = frame(1, 65_536);
    let sent = 0;
    for (; sent < 2_000; sent++) if (dialled.connection.send([one]) !== undefined) break;
    expect(sent).toBeLessThan(2_000);
    const wait = dialled.connection.send([one]);
    await accepted.until(() => accepted.frames.length === 1);
    accepted.answer = () => undefined;
    room.resolve();
    await wait;
    await accepted.until(() => accepted.frames.length === sent + 2);
  });
});

describe("tcp()", () => {
  it("tells both ends where they are", async () => {
    pair = await testPair();
    expect(pair.dialled.connection.remoteWhere).toBe(pair.listener.where);
    expect(pair.accepted.connection.remoteWhere).toBe(pair.dialled.connection.localWhere);
    expect(pair.listener.where).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it("closes in good order on both ends, behind the last frame", async () => {
    pair = await testPair();
    const { dialled, accepted } = pair;
    for (let i = 0; i < 100; i++) void dialled.connection.send([frame(i, 10_000)]);
    await dialled.connection.close();
    await accepted.untilClosed();
    expect(accepted.frames.length).toBe(100);
    expect(accepted.closedWith).toBe("in order");
    expect(dialled.closedWith).toBe("in order");
  });

  it("refuses what was queued without waiting beyond the hard bound", async () => {
    pair = await testPair({ start: false });
    const { connection } = pair.dialled;
    const one = frame(1, 1_000_000);
    expect(() => {
      for (let i = 0; i < 64; i++) void connection.send([one]);
    }).toThrow(expect.objectContaining({ code: "CONNECTION_BUSY" }));
    const wait = later<void>();
    void connection.close().then(wait.resolve);
    await wait.promise;
    expect(() => connection.send([one])).toThrow(expect.objectContaining({ code: "CONNECTION_CLOSED" }));
  });

  it("refuses a frame that is too large for either end, and lives on", async () => {
    pair = await testPair({ accepting: { maxFrameBytes: 2_000 } });
    const { dialled, accepted } = pair;
    expect(() => dialled.connection.send([frame(1, 2_001)])).toThrow(
      expect.objectContaining({
        code: "FRAME_TOO_LARGE",
        message: "Cannot send frame of 2001 bytes: limit is 2000 bytes",
      }),
    );
    await dialled.connection.send([frame(1, 2_000)]);
    await accepted.until(() => accepted.frames.length === 1);
  });

  it.each(["", "x", "127.0.0.1", "127.0.0.1:70000", "[::1:80", "[nonsense]:80", "a b:1", "::1:80", "x\0:1"])(
    "does not dial or listen on %j",
    async (where) => {
      const invalid = expect.objectContaining({ code: "ADDRESS_INVALID" });
      await expect(tcp().dial(where)).rejects.toEqual(invalid);
      await expect(tcp().listen(where, { onConnection: () => {} })).rejects.toEqual(invalid);
    },
  );

  it("says that nobody listens, that a name does not resolve, that a place is taken", async () => {
    const listener = await tcp().listen("127.0.0.1:0", { onConnection: () => {} });
    await expect(tcp().listen(listener.where, { onConnection: () => {} })).rejects.toMatchObject({
      code: "LISTEN_ADDRESS_TAKEN",
    });
    await listener.close();
    await expect(tcp().dial(listener.where)).rejects.toMatchObject({ code: "CONNECTION_REFUSED" });
    await expect(tcp().dial("no-such-name.invalid:80")).rejects.toMatchObject({ code: "NAME_UNRESOLVED" });
    await expect(tcp().listen("192.0.2.1:0", { onConnection: () => {} })).rejects.toMatchObject({
      code: "LISTEN_FAILED",
    });
  });

  it("gives up dialling when told to", async () => {
    const controller = new AbortController();
    const dial = tcp().dial("192.0.2.1:9", { signal: controller.signal });
    controller.abort();
    await expect(dial).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("tcp() on names", () => {
  it("listens on all addresses of a name, at one port, and dials it by any [tcp-names-and-ipv6] [tcp-port-zero]", async () => {
    const addresses = (await lookup("localhost", { all: true })).map(({ address }) => address);
    const { promise, resolve } = later<void>();
    let accepted = 0;
    const listener = await tcp().listen("localhost:0", {
      onConnection: () => {
        if (++accepted > addresses.length) resolve();
      },
    });
    const port = Number(listener.where.slice(listener.where.lastIndexOf(":") + 1));
    const places = ["localhost", ...addresses].map((host) => formatHostPort(host, port));
    const dialled = await Promise.all([...new Set(places)].map((place) => tcp().dial(place)));
    expect(dialled.map(({ remoteWhere }) => remoteWhere)).toEqual([...new Set(places)]);
    await promise;
    await listener.close();
  });

  it("takes a port for taken that is in use on one address of a name", async () => {
    const taken = await tcp().listen("127.0.0.1:0", { onConnection: () => {} });
    const place = taken.where.replace("127.0.0.1", "localhost");
    await expect(tcp().listen(place, { onConnection: () => {} })).rejects.toMatchObject({
      code: "LISTEN_ADDRESS_TAKEN",
    });
    await taken.close();
  });
});
