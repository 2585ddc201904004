import { deferred } from "@x/core";
import { FairBudget } from "@x/transport-kit";
import { describe, expect, it } from "vitest";
import { datagramOverheadBytes, maxInboxBytes, maxInboxFrames } from "../limits.js";
import { Inbox } from "./inbox.js";

function inbox(
  budget = new FairBudget(100 * maxInboxBytes),
  source = "peer",
): { inbox: Inbox; losses: () => number } {
  let losses = 0;
  const made = new Inbox({
    budget,
    source,
    onFail: () => expect.unreachable(),
    onLoss: () => {
      losses += 1;
    },
  });
  return { inbox: made, losses: () => losses };
}

describe("Inbox", () => {
  it("holds copies of frames that are small pieces of larger buffers", () => {
    const { inbox: frames, losses } = inbox();
    const large = Buffer.alloc(maxInboxBytes, "a");
    frames.add(large.subarray(0, 3));
    frames.add(large.subarray(3, 6));
    large.fill("b");
    const arrived: string[] = [];
    frames.start((frame) => {
      arrived.push(new TextDecoder().decode(frame));
      expect(frame.buffer.byteLength).toBe(3);
      return undefined;
    });
    expect(arrived).toEqual(["aaa", "aaa"]);
    expect(losses()).toBe(0);
  });

  it("counts the whole buffer of a frame that it does not copy, and something for each frame", () => {
    const { inbox: frames, losses } = inbox();
    const held = 100_000 + datagramOverheadBytes;
    // Half of its buffer, so that a copy would not pay.
    for (let count = 0; count < 20; count += 1) frames.add(Buffer.alloc(100_000).subarray(0, 50_000));
    expect(losses()).toBe(20 - Math.floor(maxInboxBytes / held));
  });

  it("bounds empty frames too", () => {
    const { inbox: frames, losses } = inbox();
    for (let count = 0; count < 2_000; count += 1) frames.add(Buffer.alloc(0));
    expect(losses()).toBe(2_000 - maxInboxFrames);
  });

  it("loses frames of the host that holds most where all together hold too much, and none of the others", () => {
    const budget = new FairBudget(4 * maxInboxBytes);
    const honest = inbox(budget, "192.0.2.1");
    for (let count = 0; count < 8; count += 1) honest.inbox.add(Buffer.alloc(60_000));
    const hogs = Array.from({ length: 50 }, () => inbox(budget, "192.0.2.2"));
    for (const hog of hogs) for (let count = 0; count < 15; count += 1) hog.inbox.add(Buffer.alloc(60_000));
    // Without the budget it would be 50 times 1 MiB.
    expect(budget.usedBytes).toBeLessThanOrEqual(4 * maxInboxBytes);
    expect(honest.losses()).toBe(0);
    let arrived = 0;
    honest.inbox.start(() => {
      arrived += 1;
      return undefined;
    });
    expect(arrived).toBe(8);
    for (const { inbox: frames } of hogs) frames.stop();
    expect(budget.usedBytes).toBe(0);
  });

  it("hands over in order what came while the receiver was busy, and counts it out", async () => {
    const budget = new FairBudget(maxInboxBytes);
    const { inbox: frames } = inbox(budget);
    const room = deferred();
    const arrived: number[] = [];
    frames.start((frame) => {
      arrived.push(frame[0] as number);
      return arrived.length === 1 ? room.promise : undefined;
    });
    for (const value of [1, 2, 3]) frames.add(Buffer.of(value));
    expect(arrived).toEqual([1]);
    expect(budget.usedBytes).toBeGreaterThan(0);
    room.resolve();
    await room.promise;
    await Promise.resolve();
    expect(arrived).toEqual([1, 2, 3]);
    expect(budget.usedBytes).toBe(0);
  });
});
