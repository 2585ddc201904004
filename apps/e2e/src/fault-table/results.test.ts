import { describe, expect, it } from "vitest";
import { parseArguments } from "./arguments.js";
import { isGood, renderMarkdown } from "./markdown.js";
import { type Results, type RowResult, violationsOf } from "./results.js";
import type { Injection } from "./row.js";

function rowOf(injections: readonly Injection[], more: Partial<RowResult> = {}): RowResult {
  const bars = { detectMs: 100, recoverMs: 200 };
  return {
    ...{
      id: "made-up",
      fault: "a fault",
      detected: "said",
      recovered: "served",
      bars,
      injections,
      seconds: 1,
    },
    ...more,
  };
}

const good: Injection = { detectMs: 100, recoverMs: 200, lostBytes: 0 };

describe("violationsOf()", () => {
  it("finds nothing where every injection is within the bars", () => {
    expect(violationsOf(rowOf([good, good]))).toEqual([]);
  });

  it.each<readonly [string, Injection, RegExp]>([
    ["a lost byte", { ...good, lostBytes: 1 }, /1 bytes lost/],
    ["a late detection", { ...good, detectMs: 101 }, /detected after 101 ms/],
    ["a late recovery", { ...good, recoverMs: 201 }, /recovered after 201 ms/],
    ["service that never came back", { ...good, recoverMs: Infinity }, /recovered after Infinity/],
    ["a time that was not measured", { detectMs: 1, lostBytes: 0 }, /recovered after undefined/],
    ["an injection that failed", { lostBytes: 0, failure: "planted" }, /planted/],
  ])("finds %s", (_what, bad, text) => {
    const found = violationsOf(rowOf([good, bad]));
    expect(found).toEqual([expect.stringMatching(text)]);
    expect(found[0]).toContain("injection 2");
  });

  it("finds a row that was not injected, unless it cannot be here", () => {
    expect(violationsOf(rowOf([]))).toHaveLength(1);
    expect(violationsOf(rowOf([], { missing: "it takes root" }))).toEqual([]);
  });
});

describe("renderMarkdown()", () => {
  const results = (rows: readonly RowResult[]): Results => ({
    startedAt: "2026-01-02T03:04:05.678Z",
    ...{ command: "fault-table", machine: "a machine", repeat: 2, seconds: 90, rows },
  });

  it("shows median and longest, the bars, and that the row passes", () => {
    const text = renderMarkdown(results([rowOf([good, { ...good, detectMs: 50 }])]));
    expect(text).toContain("| **made-up**: a fault | 2 | 50 (100) | ≤ 100 | 200 (200) | ≤ 200 | 0 | pass |");
    expect(text).toContain("Every row passes.");
  });

  it("lists what was missed", () => {
    const found = results([rowOf([{ ...good, lostBytes: 7 }])]);
    expect(isGood(found)).toBe(false);
    expect(renderMarkdown(found)).toContain("- made-up: injection 1: 7 bytes lost");
  });
});

describe("parseArguments()", () => {
  it("injects ten times by default, and takes rows", () => {
    expect(parseArguments(["--", "--only", "relay", "--only", "nap"])).toMatchObject({
      repeat: 10,
      only: ["relay", "nap"],
    });
  });

  it.each(["0", "100", "x", "-1"])("refuses --repeat=%s", (repeat) => {
    expect(() => parseArguments([`--repeat=${repeat}`])).toThrow(TypeError);
  });
});
