import { describe, expect, it } from "vitest";
import { isWanted } from "./event-filter.js";

const nothing = { sinceMs: undefined, level: undefined, resource: undefined, visitor: undefined } as const;
const record = {
  time: "2026-01-31T03:00:00.000Z",
  level: "warn",
  event: "visitor-ended",
  resource: "tcp-inlet",
  name: "web",
  visitor: "0123456789abcdef0123456789abcdef",
  from: "127.0.0.1:51234",
};
const at = Date.parse(record.time);

describe("isWanted()", () => {
  it.each([
    [{}, true],
    [{ sinceMs: at }, true],
    [{ sinceMs: at + 1 }, false],
    [{ level: "info" }, true],
    [{ level: "warn" }, true],
    [{ level: "error" }, false],
    [{ resource: "web" }, true],
    [{ resource: "tcp-inlet" }, true],
    [{ resource: "db" }, false],
    [{ visitor: "012345" }, true],
    [{ visitor: "12345" }, false],
    [{ visitor: "127.0.0.1:51234" }, true],
    [{ visitor: "127.0.0.1" }, false],
    [{ level: "warn", resource: "web", visitor: "nobody" }, false],
  ] as const)("%j: %s", (filter, wanted) => {
    expect(isWanted(record, { ...nothing, ...filter })).toBe(wanted);
  });

  it("has no place for lines without what is asked for", () => {
    for (const filter of [
      { sinceMs: 0 },
      { level: "trace" },
      { resource: "web" },
      { visitor: "0" },
    ] as const) {
      expect(isWanted({}, { ...nothing, ...filter }), JSON.stringify(filter)).toBe(
        "level" in filter && false,
      );
    }
  });
});
