import { describe, expect, it } from "vitest";
import { viewportOf } from "./viewport.js";

const size = { rows: 4, columns: 12 };
const text = (lines: number): string =>
  Array.from({ length: lines }, (_, index) => `line ${index}`).join("\n");

describe("viewportOf()", () => {
  it("shows all of a text that fits, and the keys below", () => {
    expect(viewportOf(text(3), size, 0, "q ends")).toEqual({
      lines: ["line 0", "line 1", "line 2", "q ends"],
      top: 0,
    });
  });

  it("never gives more rows or columns than there are, and says what is not seen", () => {
    const wide = { rows: 8, columns: 80 };
    const { lines } = viewportOf(text(30), wide, 0, "q ends");
    expect(lines).toHaveLength(8);
    expect(lines.at(-1)).toBe("lines 1 to 7 of 30; arrows scroll; q ends");
    const narrow = viewportOf("\u001b[32mlonger than twelve\u001b[39m 日本", size, 0, "q ends");
    expect(narrow.lines[0]).toBe("\u001b[32mlonger than…\u001b[39m");
  });

  it("begins at the line that is wanted, and leaves no room empty", () => {
    for (const [wanted, top] of [
      [1, 1],
      [-5, 0],
      [Number.MAX_SAFE_INTEGER, 7],
      [Number.NEGATIVE_INFINITY, 0],
    ] as const) {
      expect(viewportOf(text(10), size, wanted, "").top).toBe(top);
      expect(viewportOf(text(10), size, wanted, "").lines[0]).toBe(`line ${top}`);
    }
  });
});
