import { describe, expect, it } from "vitest";
import type { SideRecord } from "./side-log.js";
import type { StreamPlan } from "./stream-plan.js";
import { type FaultWindow, judge, type StreamRecord } from "./verdict.js";

const plan: StreamPlan = {
  id: 1,
  pattern: "request",
  mode: "answer",
  uploadBytes: 100,
  downloadBytes: 2_000,
  contentSeed: 7,
  endsLast: false,
  readBytesPerSecond: Number.POSITIVE_INFINITY,
  pauseAt: 0,
  pauseMs: 0,
  quit: undefined,
  restMs: 0,
};

const whole: SideRecord = {
  openedAt: 1_000,
  closedAt: 2_000,
  sentBytes: 128,
  sentHash: "up",
  sentEnd: true,
  receivedBytes: 2_000,
  receivedHash: "down",
  receivedEndAt: 1_900,
  wrongAt: undefined,
  failure: undefined,
  quit: undefined,
  events: [],
};
const wholeTarget: SideRecord = {
  ...whole,
  sentBytes: 2_000,
  sentHash: "down",
  receivedBytes: 128,
  receivedHash: "up",
};
const broken = { receivedEndAt: undefined, failure: "ECONNRESET" };
const fault: FaultWindow = {
  kind: "relay killed",
  detail: "1000 ms",
  costs: "path",
  at: 1_200,
  restoredAt: 1_500,
  until: 1_600,
  killed: undefined,
};
const privateKilled: FaultWindow = {
  ...fault,
  kind: "private node killed",
  costs: "streams",
  killed: { node: "far", at: 1_200 },
};

function record(visitor: Partial<SideRecord>, target?: Partial<SideRecord>): StreamRecord {
  return { plan, visitor: { ...whole, ...visitor }, target: { ...wholeTarget, ...target } };
}

/** A download that ended well for the visitor after 1,000 of 2,000 bytes. */
const cutShort = record(
  { receivedBytes: 1_000, receivedHash: "half" },
  { sentBytes: 1_000, sentEnd: false, sentHash: "half", failure: "ECONNRESET" },
);

describe("judge", () => {
  it("calls a stream exact when both sides sent and received all [history-verdict]", () => {
    expect(judge(record({}), [])).toEqual({ outcome: "exact", violations: [] });
  });

  it("finds a stream cut short in silence, whatever was broken on the way [history-verdict]", () => {
    for (const faults of [[], [fault], [privateKilled]]) {
      expect(judge(cutShort, faults).violations).toEqual([
        expect.stringContaining("visitor was cut short in silence"),
      ]);
    }
  });

  it("finds an upload cut short in silence", () => {
    const visitor = { ...broken, sentBytes: 128, sentEnd: false };
    const { violations } = judge(record(visitor, { receivedBytes: 60, receivedHash: "part" }), [fault]);
    expect(violations).toEqual([expect.stringContaining("target was cut short in silence")]);
  });

  it("finds a good end after a visitor's reset", () => {
    const visitor = { ...broken, quit: "reset", sentEnd: false } as const;
    const { violations } = judge(record(visitor, { receivedBytes: 128 }), []);
    expect(violations).toEqual([expect.stringContaining("target was cut short in silence")]);
  });

  it("finds a good end where the other side never was", () => {
    const { violations } = judge({ plan, visitor: { ...whole, receivedBytes: 0 }, target: undefined }, [
      fault,
    ]);
    expect(violations).toEqual([expect.stringContaining("a side that never was")]);
  });

  it("finds changed bytes, also by their hash alone and on streams that were reset", () => {
    expect(judge(record({ wrongAt: 17 }), []).violations).toEqual([
      "visitor received a wrong byte at offset 17",
    ]);
    expect(judge(record({ receivedHash: "other" }), []).violations).toEqual([
      expect.stringContaining("not those that were sent"),
    ]);
    const reset = record({ ...broken, wrongAt: 5, receivedBytes: 10 }, broken);
    expect(judge(reset, [privateKilled]).violations).toEqual(["visitor received a wrong byte at offset 5"]);
  });

  it("finds streams that stood still", () => {
    const stuck = { ...record({ ...broken, quit: "aborted" }, broken), stoodStillMs: 130_000 };
    expect(judge(stuck, [privateKilled]).violations).toEqual([
      "stood still for 130000 ms although no fault was in place",
    ]);
  });

  it("finds streams lost without a cause", () => {
    const lost = record({ ...broken, receivedBytes: 500 }, broken);
    expect(judge(lost, []).violations).toEqual([expect.stringContaining("lost without a cause")]);
    // A relay that dies costs no stream that was open.
    expect(judge(lost, [fault]).violations).toHaveLength(1);
    // What was over before it began, or came after it was over, is no excuse.
    expect(judge(lost, [{ ...privateKilled, at: 2_100, until: 3_000 }]).violations).toHaveLength(1);
    expect(judge(lost, [{ ...privateKilled, at: 100, until: 900 }]).violations).toHaveLength(1);
  });

  it("finds visitors who were told too late that there is no way", () => {
    const visitor = { ...whole, ...broken, receivedBytes: 0 };
    const early: StreamRecord = { plan, visitor, target: undefined };
    expect(judge(early, [fault])).toEqual({ outcome: "turned away: relay killed", violations: [] });
    const late: StreamRecord = { ...early, visitor: { ...visitor, closedAt: 50_000 } };
    expect(judge(late, [fault]).violations).toHaveLength(1);
    expect(judge(early, []).violations).toHaveLength(1);
  });

  it("takes an end or the visitor itself as a cause", () => {
    const lost = record({ ...broken, receivedBytes: 500 }, broken);
    expect(judge(lost, [privateKilled]).outcome).toBe("reset: private node killed");
    const quit = record(
      { ...broken, quit: "leave", sentBytes: 90 },
      { receivedBytes: 80, receivedHash: "part" },
    );
    expect(judge(quit, [])).toEqual({ outcome: "the visitor's: leave", violations: [] });
  });

  it("tells ends of the system apart from those of a node", () => {
    const killed = { ...privateKilled, killed: { node: "near", at: 1_899 } } as const;
    expect(judge(cutShort, [killed])).toEqual({
      outcome: "ended by the system when its node was killed",
      violations: [],
    });
    expect(judge(cutShort, [{ ...killed, killed: { node: "near", at: 1_901 } }]).violations).toHaveLength(1);
  });

  it("lets a slow reader come late to the end of the system, and nobody else", () => {
    const before = { ...privateKilled, killed: { node: "near", at: -8_000 } } as const;
    expect(judge(cutShort, [before]).violations).toHaveLength(1);
    const slow = { ...cutShort, plan: { ...cutShort.plan, readBytesPerSecond: 500_000 } };
    expect(judge(slow, [before]).violations).toEqual([]);
  });
});
