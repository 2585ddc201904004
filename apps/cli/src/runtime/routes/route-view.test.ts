import { describe, expect, it } from "vitest";
import { showRoute } from "./route-view.js";

describe("showRoute()", () => {
  it("shows hops in order, without what turns the writing of a terminal", () => {
    expect(showRoute(["a", "tcp#x"])).toBe("0#a => tcp#x");
    expect(showRoute(["a\u202eb"])).toBe("0#a b");
    expect(showRoute([])).toBe("<none>");
  });
});
