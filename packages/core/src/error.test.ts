import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CulvertError, errorCodes, isCulvertError, isErrorCode } from "./error.js";

describe("CulvertError", () => {
  it("carries code, hop and cause", () => {
    const cause = new Error("ECONNREFUSED");
    const error = new CulvertError("CONNECTION_REFUSED", "Cannot dial", { cause, hop: "tcp#127.0.0.1:1" });
    expect(error).toMatchObject({
      name: "CulvertError",
      code: "CONNECTION_REFUSED",
      hop: "tcp#127.0.0.1:1",
      cause,
    });
    expect(isCulvertError(error)).toBe(true);
  });

  it("is recognised when a second copy of the package made it", () => {
    const foreign = Object.assign(new Error("x"), { name: "CulvertError", code: "TIMED_OUT" });
    expect(isCulvertError(foreign)).toBe(true);
    expect(isCulvertError(Object.assign(new Error("x"), { code: "TIMED_OUT" }))).toBe(false);
    expect(isErrorCode("NO_SUCH_CODE")).toBe(false);
  });

  it("knows when it was made, and is equal to another one all the same", () => {
    const before = Date.now();
    const error = new CulvertError("TIMED_OUT", "x");
    expect(error.at).toBeGreaterThanOrEqual(before);
    expect(error.at).toBeLessThanOrEqual(Date.now());
    expect(Object.keys(error)).not.toContain("at");
  });
});

describe("docs/errors.md", () => {
  it("has exactly one heading for each code of the packages", () => {
    const text = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
    const [ofPackages = ""] = text.split("## The command line");
    const headings = [...ofPackages.matchAll(/^### `([A-Z_]+)`$/gm)].map((match) => match[1]);
    expect([...headings].sort()).toEqual([...errorCodes].sort());
  });
});
