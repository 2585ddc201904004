import { describe, expect, it } from "vitest";
import { median, pairedRatios, percentile, summarize } from "./statistics.js";

describe("median()", () => {
  it("takes the middle of an odd number of values, whatever their order", () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it("takes the mean of the two in the middle of an even number", () => {
    expect(median([4, 1, 3, 100])).toBe(3.5);
  });

  it("leaves its argument as it was", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it("is not a number when there are no values", () => {
    expect(median([])).toBeNaN();
  });
});

describe("percentile()", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it("gives the nearest rank", () => {
    expect(percentile(hundred, 50)).toBe(50);
    expect(percentile(hundred, 99)).toBe(99);
    expect(percentile(hundred, 100)).toBe(100);
    expect(percentile([7], 99)).toBe(7);
  });

  it("sorts by size and not by text", () => {
    expect(percentile([10, 9, 100], 100)).toBe(100);
  });

  it("refuses percentages that make no sense", () => {
    expect(() => percentile(hundred, 0)).toThrow(RangeError);
    expect(() => percentile(hundred, 101)).toThrow(RangeError);
  });
});

describe("summarize()", () => {
  it("keeps the values and tells middle and ends", () => {
    expect(summarize([2, 8, 5])).toEqual({ values: [2, 8, 5], median: 5, min: 2, max: 8 });
  });

  it("has no figures when there were no rounds", () => {
    expect(summarize([])).toEqual({ values: [], median: Number.NaN, min: Number.NaN, max: Number.NaN });
  });
});

describe("pairedRatios()", () => {
  it("divides values of the same round and leaves out unpaired ones", () => {
    expect(pairedRatios([10, 20, 30], [5, 10])).toEqual([2, 2]);
  });
});
