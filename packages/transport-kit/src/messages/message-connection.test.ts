import { type Connection, CulvertError, deferred } from "@x/core";
import { describe, expect, it } from "vitest";
import { encodeHello } from "../streams/hello.js";
import { newTransportShares } from "../transport-shares.js";
import { openMessages } from "./message-listener.js";
import { messageDefaults } from "./message-settings.js";
import type { MessageWire } from "./message-wire.js";

const settings = { ...messageDefaults, maxFrameBytes: 2_000, softQueueBytes: 4_000, hardQueueBytes: 16_000 };
const hello = Uint8Array.of(6, ...encodeHello({ ...settings, full: false }));

/** A wire whose peer is played by the test. */
class PlayedWire implements MessageWire {
  readonly localWhere = "here";
  readonly remoteWhere = "there";
  readonly source: string;
  waitingBytes = 0;
  partialBytes = 0;
  readonly sent: Uint8Array[] = [];
  isDestroyed = false;
  play: (message: Uint8Array) => void = () => {};
  end: (error?: CulvertError) => void = () => {};

  constructor(source = "there") {
    this.source = source;
  }

  send(message: Uint8Array): void {
    this.sent.push(message);
  }

  read(onMessage: (message: Uint8Array) => void, onEnd: (error?: CulvertError) => void): void {
    this.play = onMessage;
    this.end = onEnd;
  }

  close(): void {
    this.end();
  }

  destroy(): void {
    this.isDestroyed = true;
  }
}

async function open(
  shares = newTransportShares(settings),
  source?: string,
): Promise<{ wire: PlayedWire; connection: Connection }> {
  const wire = new PlayedWire(source);
  const opening = openMessages(wire, { ...settings, frameTimeoutMs: 1_000 }, shares);
  wire.play(hello);
  const connection = await opening;
  wire.sent.length = 0;
  return { wire, connection };
}

/** The kinds of the messages that were sent. */
const kindsOf = ({ sent }: PlayedWire): (number | undefined)[] => sent.map(([kind]) => kind);

describe("a connection over messages", () => {
  it("writes the bytes of the protocol", async () => {
    const { wire, connection } = await open();
    void connection.send([Uint8Array.of(1, 2), Uint8Array.of(3)]);
    void connection.send([]);
    wire.play(Uint8Array.of(1));
    await connection.close();
    expect(wire.sent.map((each) => Buffer.from(each).toString("hex"))).toEqual([
      "00010203",
      "00",
      "02",
      "03",
    ]);
  });

  it("tells the peer to stop when its receiver is busy, and to go on", async () => {
    const { wire, connection } = await open();
    const room = deferred();
    let taken = 0;
    connection.start({
      onFrame: () => {
        taken++;
        return taken === 1 ? room.promise : undefined;
      },
      onClose: () => {},
    });
    await Promise.resolve();
    for (let i = 0; i < 5; i++) wire.play(new Uint8Array(1_001));
    expect(kindsOf(wire)).toEqual([4]);
    room.resolve();
    await room.promise;
    await Promise.resolve();
    expect(kindsOf(wire)).toEqual([4, 5]);
    expect(taken).toBe(5);
  });

  it("closes when the peer does not stop", async () => {
    const { wire, connection } = await open();
    const closed = deferred<CulvertError | undefined>();
    connection.start({ onFrame: () => new Promise(() => {}), onClose: closed.resolve });
    await Promise.resolve();
    for (let i = 0; i < 30; i++) wire.play(new Uint8Array(1_001));
    expect((await closed.promise)?.code).toBe("CONNECTION_LIMIT_EXCEEDED");
    expect(wire.isDestroyed).toBe(true);
  });

  it("has to go with others of its host when what waits for busy receivers is too much together", async () => {
    const shares = newTransportShares({ ...settings, maxPartialBytes: 100_000 });
    const busy = async (source: string, frames: number): Promise<{ code: string | undefined }> => {
      const end: { code: string | undefined } = { code: undefined };
      const { wire, connection } = await open(shares, source);
      connection.start({
        onFrame: () => new Promise(() => {}),
        onClose: (reason) => {
          end.code = reason?.code;
        },
      });
      await Promise.resolve();
      for (let i = 0; i < frames; i++) wire.play(new Uint8Array(1_001));
      return end;
    };
    const honest = await busy("192.0.2.1", 10);
    const hogs = [];
    for (let i = 0; i < 40; i++) hogs.push(await busy("192.0.2.2", 15));
    // Without the budget it would be 40 times 15,000 bytes.
    expect(shares.partial.usedBytes).toBeLessThanOrEqual(100_000);
    expect(honest.code).toBeUndefined();
    expect(new Set(hogs.map(({ code }) => code))).toEqual(new Set(["CONNECTION_LIMIT_EXCEEDED", undefined]));
  });

  it("holds what is sent while the peer said to stop, within its bounds", async () => {
    const { wire, connection } = await open();
    wire.play(Uint8Array.of(4));
    let waits: Promise<void> | undefined;
    expect(() => {
      for (let i = 0; i < 30; i++) waits = connection.send([new Uint8Array(1_000)]);
    }).toThrow(expect.objectContaining({ code: "CONNECTION_BUSY" }));
    expect(kindsOf(wire)).toEqual([]);
    wire.play(Uint8Array.of(5));
    await waits;
    expect(kindsOf(wire)).toEqual(new Array(16).fill(0));
  });

  it("closes when the peer does not finish a message in time", async () => {
    const { wire, connection } = await open();
    const closed = deferred<CulvertError | undefined>();
    connection.start({ onFrame: () => undefined, onClose: closed.resolve });
    const dripping = setInterval(() => wire.partialBytes++, 50);
    expect((await closed.promise)?.message).toMatch(/did not finish a frame within 1000 ms$/);
    clearInterval(dripping);
  });

  it("closes those of a host first that holds most in messages that are not whole", async () => {
    const shares = newTransportShares({ ...settings, maxPartialBytes: 4_000 });
    const [one, other] = [await open(shares), await open(shares)];
    const closed = deferred<CulvertError | undefined>();
    other.connection.start({ onFrame: () => undefined, onClose: closed.resolve });
    [one.wire.partialBytes, other.wire.partialBytes] = [1_000, 3_500];
    expect((await closed.promise)?.code).toBe("CONNECTION_LIMIT_EXCEEDED");
    expect(one.wire.isDestroyed).toBe(false);
    await one.connection.close();
  });

  it("tells why the wire ended", async () => {
    const { wire, connection } = await open();
    const closed = deferred<CulvertError | undefined>();
    connection.start({ onFrame: () => undefined, onClose: closed.resolve });
    wire.end(new CulvertError("FRAME_TOO_LARGE", "Cannot read frame"));
    expect((await closed.promise)?.code).toBe("FRAME_TOO_LARGE");
  });

  it.each<[string, Uint8Array, string]>([
    ["an empty message", new Uint8Array(0), "FRAME_INVALID"],
    ["a frame that is too large", new Uint8Array(2_002), "FRAME_TOO_LARGE"],
  ])("closes for %s", async (_, message, code) => {
    const { wire, connection } = await open();
    const closed = deferred<CulvertError | undefined>();
    connection.start({ onFrame: () => undefined, onClose: closed.resolve });
    wire.play(message);
    expect((await closed.promise)?.code).toBe(code);
  });

  it.each([
    ["nonsense", Uint8Array.of(6, 1, 2, 3), "HANDSHAKE_FAILED"],
    ["a cut hello", hello.subarray(0, 10), "HANDSHAKE_FAILED"],
    [
      "that it is full",
      Uint8Array.of(6, ...encodeHello({ ...settings, full: true })),
      "CONNECTION_LIMIT_EXCEEDED",
    ],
  ])("does not open when the peer says %s", async (_, message, code) => {
    const wire = new PlayedWire();
    const opening = openMessages(wire, settings, newTransportShares(settings));
    wire.play(message);
    await expect(opening).rejects.toMatchObject({ code });
    expect(wire.isDestroyed).toBe(true);
  });
});
