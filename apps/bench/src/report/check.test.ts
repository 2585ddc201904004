import { describe, expect, it } from "vitest";
import { atLeast, atMost, checkRatio, checkSeries, checkValue, compareRatio } from "./check.js";
import { summarize } from "./statistics.js";

const series = (name: string, ...values: number[]) => ({ name, ...summarize(values) });

describe("checkRatio()", () => {
  it("compares medians and shows how far single rounds strayed", () => {
    const check = checkRatio(series("culvert", 120, 140, 160), series("pipes", 100, 100, 80), atLeast(1.3));
    expect(check).toMatchObject({ what: "culvert / pipes", value: 1.4, spread: [1.2, 2], passed: true });
  });

  it("does not pass when one side has no values", () => {
    expect(checkRatio(series("culvert"), series("pipes", 1), atLeast(0.1)).passed).toBe(false);
    expect(checkRatio(series("culvert"), series("pipes", 1), atMost(9)).passed).toBe(false);
  });
});

describe("checkValue()", () => {
  it("passes on the bar itself, from both sides", () => {
    expect(checkValue("x", 10, "KiB", atMost(10)).passed).toBe(true);
    expect(checkValue("x", 10, "KiB", atLeast(10)).passed).toBe(true);
    expect(checkValue("x", 10.1, "KiB", atMost(10)).passed).toBe(false);
    expect(checkValue("x", 9.9, "KiB", atLeast(10)).passed).toBe(false);
  });
});

describe("checkSeries()", () => {
  it("holds the median against the bar and states the range of the rounds", () => {
    const check = checkSeries(series("relay node", 5, 9, 7), "MiB", atMost(8));
    expect(check).toMatchObject({ what: "relay node", value: 7, spread: [5, 9], passed: true });
  });
});

describe("compareRatio()", () => {
  it("gives the ratio with its goal and no verdict", () => {
    const comparison = compareRatio(series("culvert", 90), series("frp", 100), atLeast(1));
    expect(comparison).toEqual({
      what: "culvert / frp",
      value: 0.9,
      unit: "×",
      spread: [0.9, 0.9],
      goal: { comparison: "at least", bar: 1 },
    });
    expect(compareRatio(series("culvert", 1), series("frp", 1))).not.toHaveProperty("goal");
  });
});
