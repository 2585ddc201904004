import { describe, expect, it } from "vitest";
import { roundOrder, roundsOfPass, Samples } from "../rows/rounds.js";
import { tableOf } from "../rows/row.js";
import { atLeast, atMost, meets, ratioOf } from "./check.js";
import { renderSummary } from "./markdown.js";
import { median, percentile, summarize } from "./statistics.js";
import { replaceBlock } from "./write-results.js";

describe("figures", () => {
  it("are medians and nearest ranks, by size and not by text", () => {
    expect(median([10, 9, 100])).toBe(10);
    expect(median([4, 1, 3, 100])).toBe(3.5);
    expect(percentile([10, 9, 100], 99)).toBe(100);
    expect(percentile([10, 9, 100, 1], 50)).toBe(9);
  });

  it("are ratios of medians, with the range of single rounds", () => {
    const ratio = ratioOf(
      summarize("culvert", [120, 140, 160]),
      summarize("pipes", [100, 100, 80]),
      atLeast(1.3),
    );
    expect(ratio).toMatchObject({ what: "culvert / pipes", value: 1.4, spread: [1.2, 2] });
  });

  it("meet their bars from the right side, and never when nothing was measured", () => {
    expect([meets(10, atMost(10)), meets(10, atLeast(10))]).toEqual([true, true]);
    expect([meets(10.1, atMost(10)), meets(9.9, atLeast(10))]).toEqual([false, false]);
    const nothing = ratioOf(summarize("culvert", []), summarize("pipes", [1])).value;
    expect([meets(nothing, atLeast(0)), meets(nothing, atMost(9))]).toEqual([false, false]);
  });
});

describe("rounds", () => {
  it("take every subject once, begin elsewhere each time, and turn round", () => {
    const orders = [0, 1, 2].map((round) => roundOrder(["a", "b", "c"], round).join(""));
    expect(orders).toEqual(["abc", "acb", "cab"]);
  });

  it("are shared out over passes without a gap", () => {
    expect([0, 1, 2].map((pass) => roundsOfPass(11, pass, 3).length)).toEqual([4, 4, 3]);
    expect([0, 1, 2, 3, 4].flatMap((pass) => roundsOfPass(2, pass, 5))).toEqual([0, 1]);
  });

  it("leave out what failed once, with a note, and with its figures of before", async () => {
    const samples = new Samples(["good", "bad"]);
    let tries = 0;
    const good = { name: "good", measure: async () => [1, 10] };
    const bad = {
      name: "bad",
      measure: async () => {
        if (++tries === 2) throw new Error("it broke");
        return [1, 1];
      },
    };
    await samples.take([good, bad], [4, 5, 6]);
    expect(tries).toBe(2);
    expect(samples.series(1).map(({ values }) => values)).toEqual([[10, 10, 10], []]);
    expect(samples.notes).toEqual(["bad failed in round 6: it broke"]);
  });
});

describe("a summary", () => {
  const series = [summarize("culvert", [50]), summarize("pipes", [100]), summarize("frp", [100])];
  const plan = {
    id: "x",
    title: "Bulk",
    unit: "MB/s",
    bars: { pipes: atLeast(1), ssh: atLeast(3) },
    goal: atLeast(1),
  };
  const table = tableOf(plan, [...series, summarize("against", [25])], []);
  const results = {
    startedAt: "now",
    seconds: 1,
    mode: "quick",
    rounds: 1,
    machine: "m",
    chains: [],
  } as const;
  const text = renderSummary({ ...results, tables: [table] });

  it("tells bars, goals and other builds apart, and leaves out chains that were not there", () => {
    expect(text).toContain("| Bulk | culvert / pipes | 0.50 × (0.50–0.50) | ≥ 1.00 × | **fail** |");
    expect(text).toContain("| Bulk | culvert / frp | 0.50 × (0.50–0.50) | ≥ 1.00 × | not reached |");
    expect(text).toContain("| Bulk | culvert / against | 2.00 × (2.00–2.00) | – |  |");
    expect(text).not.toContain("ssh");
  });

  it("takes its place in a text, and no other", () => {
    const marked = "before\n<!-- results:begin -->\nold $1\n<!-- results:end -->\nafter\n";
    expect(replaceBlock(marked, "new $&")).toBe(marked.replace("old $1", () => "new $&"));
    expect(replaceBlock("plain", "new")).toBe("plain");
  });
});
