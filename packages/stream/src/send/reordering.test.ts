import { describe, expect, it } from "vitest";
import { lossPacketThreshold, maxJudgedLost, maxLossDelayFactor, maxLossPacketThreshold } from "../limits.js";
import { CongestionWindow } from "./congestion.js";
import { Reordering } from "./reordering.js";

const upTo = (to: number): [{ from: number; to: number }] => [{ from: 1, to }];

describe("Reordering", () => {
  it("begins with the thresholds of RFC 9002, and keeps them while losses are losses", () => {
    const reordering = new Reordering();
    reordering.judgedLost(4);
    expect(reordering.acknowledged([{ from: 5, to: 9 }])).toBe(false);
    expect(reordering.packetThreshold).toBe(lossPacketThreshold);
    expect(reordering.delayFactor).toBe(1);
  });

  it("lets packets overtake further once one that was judged lost arrives", () => {
    const reordering = new Reordering();
    reordering.judgedLost(4);
    reordering.acknowledged(upTo(13));
    expect(reordering.packetThreshold).toBe(10);
    expect(reordering.delayFactor).toBeGreaterThan(1);
  });

  it("says when all that were judged lost were only late", () => {
    const reordering = new Reordering();
    reordering.judgedLost(4);
    reordering.judgedLost(6);
    expect(reordering.acknowledged([{ from: 4, to: 5 }])).toBe(false);
    expect(reordering.acknowledged(upTo(6))).toBe(true);
    expect(reordering.acknowledged(upTo(7))).toBe(false);
  });

  it("stays within its limits", () => {
    const reordering = new Reordering();
    for (let number = 1; number <= 2 * maxJudgedLost; number++) reordering.judgedLost(number);
    reordering.acknowledged(upTo(100_000));
    expect(reordering.packetThreshold).toBe(maxLossPacketThreshold);
    expect(reordering.delayFactor).toBe(maxLossDelayFactor);
  });
});

describe("CongestionWindow.takeBackCut()", () => {
  it("gives back what the last cut took, once", () => {
    const window = new CongestionWindow();
    const before = window.bytes;
    expect(window.lost(1, 2)).toBe(true);
    expect(window.bytes).toBeLessThan(before);
    window.takeBackCut();
    expect(window.bytes).toBe(before);
    expect(window.lost(3, 4)).toBe(true);
    expect(window.lost(3, 5)).toBe(false);
    window.collapsed(6);
    const collapsed = window.bytes;
    window.takeBackCut();
    expect(window.bytes).toBe(collapsed);
  });
});
