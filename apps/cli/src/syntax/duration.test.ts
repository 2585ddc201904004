import { describe, expect, it } from "vitest";
import { parseDuration } from "./duration.js";

describe("parseDuration()", () => {
  it.each([
    ["10s", 10_000],
    ["500ms", 500],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["1d", 86_400_000],
    ["5", 5000],
    ["0", 0],
    ["1.5s", 1500],
  ])("reads %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "s", "-1", "10 s", "1w", "1e3", "Infinity", "NaN", "10S", "600h", "25d"])(
    "refuses %j",
    (text) => {
      expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: "USAGE_INVALID" }));
    },
  );

  it("takes longer ones where that is said", () => {
    expect(parseDuration("25d", "--ttl", 366 * 86_400_000)).toBe(25 * 86_400_000);
    expect(() => parseDuration("367d", "--ttl", 366 * 86_400_000)).toThrow(/--ttl "367d": .*366 days/);
  });
});
