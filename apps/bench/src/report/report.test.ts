import { describe, expect, it } from "vitest";
import type { Bench } from "../rows/bench.js";
import { RowRun, roundOrder, roundsOfPass, tableOf } from "../rows/row.js";
import { atLeast, atMost, meets, ratioOf, summarize } from "./figures.js";
import { renderSummary, replaceBlock } from "./report.js";

describe("figures", () => {
  it("are ratios of medians, with the range of single rounds", () => {
    const ratio = ratioOf(
      summarize("culvert", [120, 160, 140]),
      summarize("pipes", [100, 80, 100]),
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
    let tries = 0;
    const good = { name: "good", measure: async () => [10] };
    const measureBad = async (): Promise<readonly number[]> => {
      if (++tries === 2) throw new Error("it broke");
      return [1];
    };
    const open = async () => [good, { name: "bad", measure: measureBad }];
    const row = { name: "x", tables: [{ id: "x", title: "x", unit: "x" }], open };
    const bench = { settings: { rounds: 3 }, warnings: [], say: () => {} } as unknown as Bench;
    const run = new RowRun(row, bench);
    await run.measure([4, 5, 6]);
    expect(tries).toBe(2);
    const [table] = run.tables();
    expect(table?.series.map(({ values }) => values)).toEqual([[10, 10, 10], []]);
    expect(table?.notes).toContain("bad failed in round 6: it broke.");
  });
});

describe("a summary", () => {
  const series = ["culvert", "pipes", "frp", "against"].map((name, index) =>
    summarize(name, [50 * 2 ** index]),
  );
  const bars = { pipes: atLeast(1), ssh: atLeast(3) };
  const plan = { id: "x", title: "Bulk", unit: "MB/s", bars, goal: atLeast(1), limit: atMost(60) };
  const text = renderSummary({ about: ["m"], tables: [tableOf(plan, series, [])] });

  it("tells bars, goals and other builds apart, and leaves out chains that were not there", () => {
    const lines = text.replaceAll(/ +/g, " ");
    expect(lines).toContain("| Bulk | culvert / pipes | 0.50 × (0.50–0.50) | ≥ 1.00 × | **fail** |");
    expect(lines).toContain("| Bulk | culvert | 50.0 MB/s (50.0–50.0) | ≤ 60.0 MB/s | met |");
    expect(lines).toContain("| Bulk | culvert / frp | 0.25 × (0.25–0.25) | ≥ 1.00 × | not reached |");
    expect(lines).toContain("| Bulk | culvert / against | 0.13 × (0.13–0.13) | – | |");
    expect(lines).not.toContain("ssh");
  });

  it("takes its place in a text, and no other", () => {
    const marked = "before\n<!-- results:begin -->\nold $1\n<!-- results:end -->\nafter\n";
    expect(replaceBlock(marked, "new $&")).toBe(marked.replace("old $1", () => "new $&"));
    expect(replaceBlock("plain", "new")).toBe("plain");
  });
});
