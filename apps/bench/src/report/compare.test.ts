import { describe, expect, it } from "vitest";
import { atLeast, checkRatio, compareRatio } from "./check.js";
import { compareRuns, renderComparison } from "./compare.js";
import type { Results } from "./results.js";
import { summarize } from "./statistics.js";

const base = { name: "pipes", ...summarize([100, 100, 100]) };

function run(...values: number[]): Results {
  const own = { name: "culvert", ...summarize(values) };
  return {
    startedAt: "2030-01-02T03:04:05.000Z",
    seconds: 1,
    mode: "full",
    rounds: values.length,
    machine: { processor: "", cores: 2, memoryGibibytes: 4, system: "", node: "", busyBefore: 0 },
    chains: [],
    rows: [
      {
        id: "bulk",
        title: "Bulk",
        unit: "MB/s",
        better: "more",
        series: [own],
        checks: [checkRatio(own, base, atLeast(2))],
        comparisons: [compareRatio(own, { ...base, name: "other" })],
        notes: [],
      },
    ],
  };
}

describe("compareRuns()", () => {
  it("finds every ratio and every chain's own figure", () => {
    const figures = compareRuns([run(90, 100, 110), run(95, 105, 120)]);
    expect(figures.map(({ what }) => what)).toEqual(["culvert / pipes", "culvert / other", "culvert"]);
    expect(figures.every(({ agrees }) => agrees)).toBe(true);
  });

  it("asks each median to lie within the spread of each other run", () => {
    const wide = run(50, 100, 150);
    const narrow = run(115, 120, 125);
    expect(compareRuns([wide, narrow]).map(({ agrees }) => agrees)).toEqual([false, false, false]);
    expect(compareRuns([wide, wide, narrow]).every(({ agrees }) => agrees)).toBe(false);
  });

  it("takes medians within one per cent for the same, however narrow the spread", () => {
    expect(compareRuns([run(100, 100, 100), run(100.9, 100.9, 100.9)]).every(({ agrees }) => agrees)).toBe(
      true,
    );
    expect(compareRuns([run(100, 100, 100), run(102, 102, 102)]).some(({ agrees }) => agrees)).toBe(false);
  });

  it("does not agree on what one run lacks, also after a way through JSON", () => {
    const empty = JSON.parse(JSON.stringify(run())) as Results;
    const figures = compareRuns([run(1, 2, 3), empty]);
    expect(figures.map(({ agrees }) => agrees)).toEqual([false, false, false]);
    expect(figures[0]?.runs[1]).toBeUndefined();
  });
});

describe("renderComparison()", () => {
  it("shows median and spread of each run, marks what disagrees, and counts", () => {
    const figures = compareRuns([run(90, 100, 110), run(190, 200, 210)]);
    const text = renderComparison(["a.json", "b.json"], figures);
    expect(text).toContain("| what | figure | a.json | b.json | |");
    expect(text).toContain("| Bulk | culvert, MB/s | 100 (90.0–110) | 200 (190–210) | **disagree** |");
    expect(text).toContain("0 of 3 figures agree");
  });
});
