import { describe, expect, it } from "vitest";
import { maxRouteHops } from "./limits.js";
import { checkRoute, formatRoute } from "./route.js";

describe("checkRoute()", () => {
  it("takes routes up to the limit, the empty one included", () => {
    const longest = Array.from({ length: maxRouteHops }, (_, i) => `w${i}`);
    expect(checkRoute(longest)).toBe(longest);
    expect(checkRoute([])).toEqual([]);
  });

  it("refuses a route of 1,000 hops with ROUTE_TOO_LONG, saying the limit", () => {
    const route = Array.from({ length: 1_000 }, () => "hop");
    expect(() => checkRoute(route)).toThrow(
      expect.objectContaining({
        code: "ROUTE_TOO_LONG",
        message: expect.stringContaining(`${maxRouteHops} hops`),
      }),
    );
  });

  it.each([null, undefined, "echo", { 0: "echo", length: 1 }, 7])(
    "refuses %j with ROUTE_INVALID",
    (route) => {
      expect(() => checkRoute(route)).toThrow(expect.objectContaining({ code: "ROUTE_INVALID" }));
    },
  );

  it("refuses a route with a bad address", () => {
    expect(() => checkRoute(["echo", ""])).toThrow(expect.objectContaining({ code: "ADDRESS_INVALID" }));
  });
});

describe("formatRoute()", () => {
  it("shows hops in order", () => {
    expect(formatRoute(["tcp#127.0.0.1:7000", "echo"])).toBe("tcp#127.0.0.1:7000 => echo");
    expect(formatRoute([])).toBe("(no hop)");
  });
});
