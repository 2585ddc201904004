import { describe, expect, it } from "vitest";
import { shareOut } from "./cpu-profile.js";

const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 4 });
const profile = {
  nodes: [
    { id: 1, callFrame: frame("(idle)", "") },
    { id: 2, callFrame: frame("(program)", "") },
    { id: 3, callFrame: frame("writev", "") },
    { id: 4, callFrame: frame("pump", "file:///x/packages/portal-tcp/dist/index.js") },
    { id: 5, callFrame: frame("", "file:///x/node_modules/.pnpm/msgpackr@2/node_modules/msgpackr/pack.js") },
    { id: 6, callFrame: frame("onStreamRead", "node:internal/stream_base_commons") },
    { id: 7, callFrame: frame("(garbage collector)", "") },
  ],
  samples: [1, 2, 3, 4, 5, 6, 7, 4],
  timeDeltas: [1_000, 10, 20, 30, 10, 10, 10, 10],
};

describe("shareOut()", () => {
  const { areas, functions } = shareOut(profile);

  it("adds up own times by area, greatest first, without idle time", () => {
    expect(areas).toEqual([
      { what: "portal-tcp", share: 0.4 },
      { what: "native and kernel", share: 0.3 },
      { what: "msgpackr", share: 0.1 },
      { what: "node", share: 0.1 },
      { what: "garbage collector", share: 0.1 },
    ]);
  });

  it("adds up by function, and calls a nameless one by its line", () => {
    expect(functions[0]).toEqual({ what: "pump (portal-tcp)", share: 0.4 });
    expect(functions.map(({ what }) => what)).toContain("line 5 (msgpackr)");
  });

  it("finds nothing in a profile without samples", () => {
    expect(shareOut({ nodes: [] })).toEqual({ areas: [], functions: [] });
  });
});
