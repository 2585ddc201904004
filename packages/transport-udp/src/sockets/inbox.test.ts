import { describe, expect, it } from "vitest";
import { datagramOverheadBytes, maxInboxBytes, maxInboxFrames } from "../limits.js";
import { Inbox } from "./inbox.js";

function inbox(): { inbox: Inbox; losses: () => number } {
  let losses = 0;
  const made = new Inbox({
    fail: () => expect.unreachable(),
    loss: () => {
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
});
