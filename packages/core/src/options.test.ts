import { describe, expect, it } from "vitest";
import { checkCount, checkLimits, checkMs } from "./options.js";

const invalid = expect.objectContaining({ code: "OPTION_INVALID" });
const defaults = { maxThings: 10, waitMs: 1_000 };

describe("checkLimits", () => {
  it("puts what is given in place of the defaults", () => {
    expect(checkLimits("test", defaults, { maxThings: 3 })).toEqual({ maxThings: 3, waitMs: 1_000 });
  });

  it("keeps the default where a limit is undefined", () => {
    const given = { maxThings: undefined } as unknown as Partial<typeof defaults>;
    expect(checkLimits("test", defaults, given)).toEqual(defaults);
  });

  it.each([
    ["NaN", { maxThings: Number.NaN }],
    ["a negative number", { maxThings: -1 }],
    ["a fraction of a thing", { maxThings: 1.5 }],
    ["infinity", { maxThings: Number.POSITIVE_INFINITY }],
    ["text", { maxThings: "10" }],
    ["null", { maxThings: null }],
    ["an infinite time", { waitMs: Number.POSITIVE_INFINITY }],
    ["a time longer than timers can wait", { waitMs: 2 ** 31 }],
    ["a name that is no limit", { maxThing: 3 }],
    ["a name that objects inherit", { toString: 3 }],
  ])("refuses %s", (_, given) => {
    expect(() => checkLimits("test", defaults, given as never)).toThrow(invalid);
  });
});

describe("checkCount and checkMs", () => {
  it("return what is in range", () => {
    expect(checkCount("port", 65_535, { min: 1, max: 65_535 })).toBe(65_535);
    expect(checkMs("wait", 0.5)).toBe(0.5);
  });

  it("name the option, the value and the range", () => {
    expect(() => checkCount("port", 65_536, { min: 1, max: 65_535 })).toThrow(
      "Cannot use port 65536: it has to be a whole number from 1 to 65535",
    );
    expect(() => checkMs("timeoutMs", Number.POSITIVE_INFINITY)).toThrow("Cannot use timeoutMs Infinity");
  });
});
