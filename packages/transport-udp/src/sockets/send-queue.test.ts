import { pinnedBytes } from "@x/core";
import { describe, expect, it } from "vitest";
import { splitFrame } from "../wire/split-frame.js";
import { SendQueue } from "./send-queue.js";

const limits = { softQueueBytes: 10_000, hardQueueBytes: 100_000 };
const meta = { id: "12345678", number: 1, datagramBytes: 1_200 };

describe("SendQueue", () => {
  it("counts what a datagram costs beside its bytes, so that tiny ones are bounded", () => {
    const queue = new SendQueue(() => {}, limits);
    let sent = 0;
    expect(() => {
      for (; sent < 10_000; sent += 1) {
        queue.checkRoom();
        void queue.push(splitFrame([], 0, meta));
      }
    }).toThrow(expect.objectContaining({ code: "CONNECTION_BUSY" }));
    expect(sent).toBeLessThan(400);
  });

  it("is empty when the system took everything", async () => {
    const waiting: (() => void)[] = [];
    const queue = new SendQueue((_, done) => void waiting.push(done), limits);
    void queue.push(splitFrame([new Uint8Array(3_000)], 3_000, meta));
    const empty = queue.whenEmpty();
    for (const done of waiting) done();
    await empty;
  });
});

describe("splitFrame", () => {
  it.each([0, 1, 100, 1_200])(
    "makes a datagram of %i bytes that keeps no more memory than it is long",
    (bytes) => {
      const [datagram] = splitFrame([new Uint8Array(bytes)], bytes, meta);
      expect(pinnedBytes(datagram as Buffer)).toBe(datagram?.length);
    },
  );

  it("makes fragments that keep no more memory than they are long together", () => {
    const datagrams = splitFrame([new Uint8Array(50_000)], 50_000, meta);
    const sum = datagrams.reduce((bytes, datagram) => bytes + datagram.length, 0);
    expect(new Set(datagrams.map(({ buffer }) => buffer)).size).toBe(1);
    expect(pinnedBytes(datagrams[0] as Buffer)).toBe(sum);
  });
});
