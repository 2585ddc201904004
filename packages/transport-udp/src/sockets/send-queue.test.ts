import { type CulvertError, pinnedBytes } from "@x/core";
import { FairBudget } from "@x/transport-kit";
import { describe, expect, it } from "vitest";
import { datagramOverheadBytes } from "../limits.js";
import { splitFrame } from "../wire/split-frame.js";
import { type QueueShares, SendQueue } from "./send-queue.js";

const limits = { softQueueBytes: 10_000, hardQueueBytes: 100_000 };
const meta = { id: "12345678", number: 1, datagramBytes: 1_200 };

/** The share of a queue that is alone. */
const alone = (): QueueShares => ({ budget: new FairBudget(2 ** 30), source: "peer", onLoss: () => {} });

describe("SendQueue", () => {
  it("counts what a datagram costs beside its bytes, so that tiny ones are bounded", () => {
    const queue = new SendQueue(() => {}, limits, alone());
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
    const queue = new SendQueue((_, done) => void waiting.push(done), limits, alone());
    void queue.push(splitFrame([new Uint8Array(3_000)], 3_000, meta));
    const empty = queue.whenEmpty();
    for (const done of waiting) done();
    await empty;
  });

  it("holds no more than its share where all hold much, and takes nothing from those that hold little", () => {
    const budget = new FairBudget(1_000_000);
    const queueOf = (source: string, onLoss: () => void): SendQueue =>
      new SendQueue(() => {}, limits, { budget, source, onLoss });
    const send = (queue: SendQueue): void => {
      queue.checkRoom();
      void queue.push(splitFrame([new Uint8Array(10_000)], 10_000, meta));
    };
    const little = queueOf("192.0.2.1", () => expect.fail("not one that holds little"));
    send(little);
    const hogs = Array.from({ length: 40 }, () => queueOf("192.0.2.2", () => {}));
    const codes = hogs.map((hog) => {
      try {
        for (;;) send(hog);
      } catch (error) {
        return (error as CulvertError).code;
      }
    });
    expect(new Set(codes)).toEqual(new Set(["CONNECTION_BUSY"]));
    // Without the budget it would be 40 times 100,000 bytes.
    expect(budget.usedBytes).toBeLessThanOrEqual(1_000_000);
    send(little);
    for (const queue of [little, ...hogs]) queue.release();
    expect(budget.usedBytes).toBe(0);
  });

  it("loses what waits when more connections have a little than fits", async () => {
    const budget = new FairBudget(1_000_000);
    let lost = 0;
    const shares = { budget, source: "192.0.2.2", onLoss: () => void lost++ };
    const taken: (() => void)[] = [];
    const queues = Array.from({ length: 60 }, () => {
      const queue = new SendQueue((_, done) => void taken.push(done), limits, shares);
      void queue.push(splitFrame([new Uint8Array(60_000)], 60_000, meta));
      return queue;
    });
    // What the system was given cannot be dropped: 32 datagrams each.
    const givenBytes = taken.length * (1_200 + 24 + datagramOverheadBytes);
    expect(lost).toBeGreaterThan(0);
    expect(budget.usedBytes).toBeLessThanOrEqual(Math.max(1_000_000, givenBytes));
    const empty = Promise.all(queues.map((queue) => queue.whenEmpty()));
    while (taken.length > 0) for (const done of taken.splice(0)) done();
    await empty;
    expect(budget.usedBytes).toBe(0);
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
