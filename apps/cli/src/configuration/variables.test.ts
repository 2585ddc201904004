import { describe, expect, it } from "vitest";
import { expandVariables, parseVariables } from "./variables.js";

describe("parseVariables()", () => {
  it("reads names and values; a value may hold =", () => {
    expect([...parseVariables(["A=1", "_b2=x=y"])]).toEqual([
      ["A", "1"],
      ["_b2", "x=y"],
    ]);
  });

  it.each([[["A="]], [["A=1", "A=2"]], [["A"]], [["=1"]], [["1A=1"]], [["A B=1"]]])("refuses %j", (texts) => {
    expect(() => parseVariables(texts)).toThrow(expect.objectContaining({ code: "USAGE_INVALID" }));
  });

  it("names the variable, never its value", () => {
    expect(() => parseVariables(["SECRET=hush", "SECRET=hush"])).toThrow(
      /^Cannot use --variable SECRET: (?!.*hush)/,
    );
  });
});

describe("expandVariables()", () => {
  const values: Record<string, string> = { A: "1", EMPTY: "" };
  const expand = (text: string): string =>
    expandVariables(
      text,
      (name) => values[name],
      (reason) => new Error(reason),
    );

  it.each([
    ["$A", "1"],
    [`x${"$"}{A}y$A`, "x1y1"],
    ["$$A", "$A"],
    ["$1 costs $", "$1 costs $"],
  ])("makes %s %s", (text, expanded) => {
    expect(expand(text)).toBe(expanded);
  });

  it("refuses a variable that is unknown or empty, by name", () => {
    expect(() => expand("$NONE")).toThrow("variable NONE is unknown");
    expect(() => expand("$" + "{}")).toThrow("unknown");
    expect(() => expand("$EMPTY")).toThrow("Empty value for variable 'EMPTY'");
  });
});
