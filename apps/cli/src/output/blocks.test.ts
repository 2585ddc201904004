import { describe, expect, it } from "vitest";
import { formatBlock, listResult, showResult } from "./blocks.js";

describe("formatBlock()", () => {
  it("aligns the fields and leaves out what is not known", () => {
    expect(formatBlock({ title: "web", fields: { to: "a", status: "Up", why: null, count: 0 } })).toBe(
      "web\n  to      a\n  status  Up\n  count   0",
    );
  });
});

describe("listResult()", () => {
  const block = (name: string) => ({ title: name, fields: {} });

  it("gives one block for each thing", () => {
    expect(listResult(["a", "b"], "none", block)).toEqual({ plain: "a\n\nb", json: ["a", "b"] });
  });

  it("says so when there is none", () => {
    expect(listResult([], "Node n1 has none", block)).toEqual({ plain: "Node n1 has none", json: [] });
  });
});

describe("showResult()", () => {
  it("prints [] where there is nothing of the kind", () => {
    const result = showResult<string>([], (name) => ({ title: name, fields: {} }));
    expect(result).toEqual({ plain: "[]", machine: "[]", json: [] });
  });
});
