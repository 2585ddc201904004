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

  const agrees = (...runs: Results[]) => compareRuns(runs).map((figure) => figure.agrees);

  it("lets medians be apart by both spreads together, as the sides of a right angle", () => {
    const low = run(90, 100, 130);
    expect(agrees(low, run(110, 149, 150))).toEqual([true, true, true]);
    expect(agrees(low, run(108, 151, 160))).toEqual([true, true, true]);
    expect(agrees(low, run(125, 151, 160))).toEqual([false, false, false]);
  });

  it("counts only the sides that face each other, whichever run comes first", () => {
    const low = run(50, 100, 101);
    const high = run(119, 120, 190);
    expect(agrees(low, high)).toEqual([false, false, false]);
    expect(agrees(high, low)).toEqual([false, false, false]);
  });

  it("asks every two runs", () => {
    const [low, middle, high] = [run(80, 100, 120), run(110, 120, 150), run(130, 140, 150)];
    expect(agrees(low, middle)).toEqual([true, true, true]);
    expect(agrees(middle, high)).toEqual([true, true, true]);
    expect(agrees(low, middle, high)).toEqual([false, false, false]);
  });

  it("takes medians within one per cent for the same, however narrow the spread", () => {
    expect(agrees(run(100, 100, 100), run(100.9, 100.9, 100.9))).toEqual([true, true, true]);
    expect(agrees(run(100, 100, 100), run(102, 102, 102))).toEqual([false, false, false]);
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
    expect(text).toContain("0 of 2 figures of the table agree");
    expect(text).toContain("0 of 1 do");
  });
});
