import { describe, expect, it } from "vitest";
import { atLeast, checkRatio, compareRatio } from "./check.js";
import { renderMarkdown, renderSummary } from "./markdown.js";
import { renderPicture } from "./picture.js";
import type { Results } from "./results.js";
import { summarize } from "./statistics.js";
import { replaceBlock } from "./write-results.js";

const culvert = { name: "culvert", ...summarize([700, 900]), cpuSecondsPerGigabyte: 1.25 };
const pipes = { name: "pipes <a & b>", ...summarize([500, 500]) };
const frp = { name: "frp", ...summarize([1_600, 1_600]) };
const results: Results = {
  startedAt: "2030-01-02T03:04:05.000Z",
  seconds: 61.4,
  mode: "quick",
  rounds: 2,
  machine: {
    processor: "Test CPU",
    cores: 2,
    memoryGibibytes: 4,
    system: "Linux 1",
    node: "v20",
    busyBefore: 0.25,
  },
  chains: [
    { name: "culvert", title: "ours" },
    { name: "ssh", title: "tunnel", missing: "sshd not installed" },
  ],
  rows: [
    {
      id: "bulk-1-down",
      title: "Bulk",
      unit: "MB/s",
      better: "more",
      series: [culvert, pipes],
      checks: [checkRatio(culvert, pipes, atLeast(2))],
      comparisons: [compareRatio(culvert, frp, atLeast(1)), compareRatio(pipes, frp)],
      othersShare: 0.5,
      notes: ["ssh did not start"],
    },
  ],
};

describe("renderMarkdown()", () => {
  const markdown = renderMarkdown(results);

  it("has one line per check, with value, spread, bar and verdict", () => {
    expect(markdown).toContain(
      "| Bulk | culvert / pipes <a & b> | 1.60 × (1.40–1.80) | ≥ 2.00 × | **fail** |",
    );
  });

  it("shows goals apart from bars, and no verdict where there is no goal", () => {
    const [bars = "", goals = ""] = markdown.split("Beside tunnels in Go and Rust");
    expect(bars).not.toContain("/ frp");
    expect(goals).toContain("| Bulk | culvert / frp | 0.50 × (0.44–0.56) | ≥ 1.00 × | not reached |");
    expect(goals).toContain("| Bulk | pipes <a & b> / frp | 0.31 × (0.31–0.31) | – |  |");
    expect(goals).not.toContain("**fail**");
  });

  it("has one line per chain, with its CPU cost where it is known", () => {
    expect(markdown).toContain("| culvert | 800 | 700 | 900 | 1.25 |");
    expect(markdown).toContain("| pipes <a & b> | 500 | 500 | 500 | – |");
  });

  it("describes the machine, how busy it was, what is missing and what went wrong", () => {
    expect(markdown).toContain("Test CPU, 2 cores, 4 GiB, Linux 1, Node v20");
    expect(markdown).toContain(
      "Other programs took 25 % of the machine just before the run, and 50 % during the busiest row.",
    );
    expect(markdown).toContain("Left out: ssh (sshd not installed).");
    expect(markdown).toContain("ssh did not start");
  });
});

describe("renderPicture()", () => {
  it("escapes what is special in XML", () => {
    const picture = renderPicture(results);
    expect(picture).toContain("pipes &lt;a &amp; b&gt;");
    expect(picture).not.toContain("<a & b>");
  });

  it("draws rows without a single value", () => {
    const empty = {
      ...results.rows[0],
      series: [{ name: "culvert", ...summarize([]) }],
    } as Results["rows"][number];
    expect(renderPicture({ ...results, rows: [empty] })).not.toMatch(/NaN|Infinity/);
  });
});

describe("replaceBlock()", () => {
  it("replaces what stands between the marks and nothing else", () => {
    const text = "before\n<!-- results:begin -->\nold\n<!-- results:end -->\nafter\n";
    const replaced = replaceBlock(text, renderSummary(results));
    expect(replaced).toMatch(/^before\n<!-- results:begin -->\nTest CPU/);
    expect(replaced).toMatch(/\n<!-- results:end -->\nafter\n$/);
    expect(replaced).not.toContain("old");
  });

  it("leaves text without marks alone", () => {
    expect(replaceBlock("plain", "new")).toBe("plain");
  });
});
