import { describe, expect, it } from "vitest";
import { atLeast, atMost, checkRatio, checkValue } from "./check.js";
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
