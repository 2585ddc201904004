import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "./duration.js";

describe("parseDuration()", () => {
  it.each([
    ["10s", 10_000],
    ["500ms", 500],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["1d", 86_400_000],
    ["5", 5000],
    ["1.5s", 1500],
  ])("reads %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it("refuses no time at all, unless it may be none", () => {
    for (const text of ["0", "0ms", "0.4ms"]) {
      expect(() => parseDuration(text)).toThrow("it is no time at all");
      expect(parseDuration(text, "--wait", { leastMs: 0 })).toBe(0);
    }
  });

  it("takes longer ones where that is said", () => {
    const range = { mostMs: 366 * 86_400_000 };
    expect(parseDuration("25d", "--ttl", range)).toBe(25 * 86_400_000);
    expect(() => parseDuration("367d", "--ttl", range)).toThrow(/--ttl "367d": .*366 days/);
  });

  it.each(["", "s", "-1", "10 s", "1w", "1e3", "Infinity", "NaN", "10S", "600h", "25d"])(
    "refuses %j",
    (text) => {
      expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: "USAGE_INVALID" }));
    },
  );
});

describe("formatDuration()", () => {
  it.each(["1d", "1h", "90m", "2m", "10s", "2500ms", "1ms", "0ms"])("writes %s as it was read", (text) => {
    expect(formatDuration(parseDuration(text, "--wait", { leastMs: 0 }))).toBe(text);
  });
});
