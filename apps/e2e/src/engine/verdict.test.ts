import { describe, expect, it } from "vitest";
import type { SideRecord } from "./side.js";
import { type FaultWindow, judge, lostBytes, type StreamRecord } from "./verdict.js";

const plan = { pattern: "request", uploadBytes: 100, downloadBytes: 2_000 };
const whole: SideRecord = {
  ...{ openedAt: 1_000, closedAt: 2_000, receivedEndAt: 1_900, wrongAt: undefined, failure: undefined },
  ...{ sentBytes: 112, sentEnd: true, receivedBytes: 2_000, quit: undefined },
};
const broken = { receivedEndAt: undefined, failure: "ECONNRESET" };
const outage = (times: Partial<FaultWindow>): FaultWindow => ({
  ...{ kind: "relay killed", costs: "path", at: 1_200, until: 1_600 },
  ...times,
});
const farKilled = outage({ kind: "far killed", costs: "streams", kills: "far" });
const [relay, far] = [[outage({})], [farKilled]];

function record(visitor: Partial<SideRecord>, target: Partial<SideRecord> = {}): StreamRecord {
  const whereAll = { ...whole, sentBytes: 2_000, receivedBytes: 112 };
  return { plan, visitor: { ...whole, ...visitor }, target: { ...whereAll, ...target } };
}

/** A download that ended well for the visitor after 1,000 of 2,000 bytes. */
const cutShort = record({ receivedBytes: 1_000 }, { sentBytes: 1_500, sentEnd: false, ...broken });
const uploadCut = record({ ...broken, sentEnd: false }, { receivedBytes: 60 });
const endAfterReset = record({ ...broken, quit: "reset", sentEnd: false });
const lost = record({ ...broken, receivedBytes: 500 }, broken);
const changedAndReset = record({ ...broken, receivedBytes: 10 }, { ...broken, wrongAt: 5 });
const unheard = { ...lost, visitor: { ...whole, ...broken, receivedBytes: 0 }, target: undefined };
const neverThere = { ...unheard, visitor: { ...whole, receivedBytes: 0 } };
const toldLate = { ...unheard, visitor: { ...unheard.visitor, closedAt: 50_000 } };

const wrongs: readonly (readonly [string, StreamRecord, readonly FaultWindow[], string])[] = [
  ["a cut in silence", cutShort, [], "visitor was cut short in silence"],
  ["a cut in silence beside faults", cutShort, [...relay, ...far], "visitor was cut short in silence"],
  ["an upload cut in silence", uploadCut, relay, "target was cut short in silence"],
  ["a good end after a reset", endAfterReset, [], "target was cut short in silence"],
  ["a good end of a side that never was", neverThere, relay, "a side that never was"],
  ["a changed byte", record({ wrongAt: 17 }), [], "visitor received a wrong byte at offset 17"],
  ["a changed byte before a reset", changedAndReset, far, "target received a wrong byte at offset 5"],
  ["a standstill", { ...lost, stoodStillMs: 130_000 }, far, "stood still for 130000 ms"],
  ["a loss without a cause", lost, [], "lost without a cause"],
  ["a loss that a dead relay does not excuse", lost, relay, "lost without a cause"],
  ["a loss after a fault", lost, [{ ...farKilled, at: 100, until: 900 }], "lost without a cause"],
  ["a loss before a fault", lost, [{ ...farKilled, at: 2_100, until: 3_000 }], "lost without a cause"],
  ["a visitor who was turned away too late", toldLate, relay, "lost without a cause"],
];

describe("judge()", () => {
  it("calls a stream exact when both sides sent and received all [history-verdict]", () => {
    expect(judge(record({}), [])).toEqual({ outcome: "exact", violations: [] });
    expect(judge(record({ sentBytes: 100 }, { receivedBytes: 100 }), []).outcome).toBe("violation");
  });

  it.each(wrongs)("finds %s [history-verdict]", (_what, stream, faults, text) => {
    const violations = [expect.stringContaining(text)];
    expect(judge(stream, faults)).toEqual({ outcome: "violation", violations });
  });

  it("takes an end, the path or the visitor itself as a cause", () => {
    expect(judge(lost, far).outcome).toBe("reset: far killed");
    expect(judge(unheard, relay).outcome).toBe("turned away: relay killed");
    const left = record({ ...broken, quit: "leave", sentBytes: 90 }, { receivedBytes: 80 });
    expect(judge(left, [])).toEqual({ outcome: "the visitor's: leave", violations: [] });
  });

  it("tells ends of the system apart from those of a node, also for a slow reader", () => {
    const killedAt = (at: number): FaultWindow[] => [{ ...farKilled, kills: "near", at }];
    expect(judge(cutShort, killedAt(1_899)).outcome).toBe("ended by the system when its node was killed");
    expect(judge(cutShort, killedAt(1_901)).outcome).toBe("violation");
    expect(judge(cutShort, killedAt(-8_000)).outcome).toBe("violation");
    const slow = { ...cutShort, plan: { ...plan, readBytesPerSecond: 500_000 } };
    expect(judge(slow, killedAt(-8_000)).violations).toEqual([]);
  });
});

describe("lostBytes()", () => {
  it("counts what is missing where the end was good, and changed bytes always", () => {
    expect([record({}), lost, cutShort, record({ wrongAt: 3 })].map(lostBytes)).toEqual([0, 0, 500, 1]);
  });
});
