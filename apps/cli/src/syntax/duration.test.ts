import { describe, expect, it } from "vitest";
import { parseDuration } from "./duration.js";

describe("parseDuration()", () => {
  it.each([
    ["10s", 10_000],
    ["500ms", 500],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["5", 5000],
    ["0", 0],
    ["1.5s", 1500],
  ])("reads %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "s", "-1", "10 s", "1d", "1e3", "Infinity", "NaN", "10S", "600h"])("refuses %j", (text) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: "USAGE_INVALID" }));
  });
});
