import { describe, expect, it } from "vitest";
import { aloneQueueMs, maxWindowBytes, sharedFloorBytes } from "../limits.js";
import { CongestionWindow } from "./congestion.js";

/** A window that grew to its limit over a path of this round-trip time, in milliseconds. */
function grown(roundTripMs: number): CongestionWindow {
  const window = new CongestionWindow();
  window.sample(roundTripMs, roundTripMs, 0, false);
  while (window.bytes < maxWindowBytes) window.acknowledged(window.bytes, 1, true, 65_536);
  return window;
}

/** Takes in one sample for each of so many round trips. The first still counts with what came before. */
function rounds(window: CongestionWindow, count: number, roundTripMs: number, isShared: boolean): void {
  for (let round = 1; round <= count; round++) {
    window.sample(roundTripMs, roundTripMs, round * roundTripMs, isShared);
  }
}

describe("CongestionWindow beside others", () => {
  it("falls to its floor within a few round trips while its queue is long", () => {
    const window = grown(0.3);
    rounds(window, 8, 10, true);
    expect(window.bytes).toBe(sharedFloorBytes);
  });

  it("falls by half in a round trip at most", () => {
    const window = grown(0.3);
    rounds(window, 2, 10, true);
    expect(window.bytes).toBe(maxWindowBytes / 2);
  });

  it("keeps what fits when its queue is a little too long", () => {
    const window = grown(8);
    rounds(window, 2, 11, true);
    // 8 ms of path and 1.03 ms of queue fit, of the 11 ms that were measured.
    expect(window.bytes / maxWindowBytes).toBeCloseTo(9.03 / 11, 5);
  });

  it("stays while its queue is no longer than what a path of its length varies by", () => {
    const window = grown(50);
    rounds(window, 20, 56, true);
    expect(window.bytes).toBe(maxWindowBytes);
  });

  it("stays when one packet of each round trip is on time", () => {
    const window = grown(0.3);
    for (let round = 1; round < 20; round++) {
      window.sample(10, 10, round * 10, true);
      window.sample(0.3, 10, round * 10 + 3, true);
      window.sample(10, 10, round * 10 + 6, true);
    }
    expect(window.bytes).toBe(maxWindowBytes);
  });
});

describe("CongestionWindow of a stream that is alone", () => {
  it("bears a queue that would be too long beside others", () => {
    const window = grown(0.3);
    rounds(window, 20, 100, false);
    expect(window.bytes).toBe(maxWindowBytes);
  });

  it("does not let an endless queue grow", () => {
    const window = grown(0.3);
    rounds(window, 20, 3 * aloneQueueMs, false);
    expect(window.bytes).toBeLessThan(maxWindowBytes);
  });
});
