import { CulvertError } from "@x/core";
import { describe, expect, it } from "vitest";
import { silentLog } from "../runtime-log.js";
import { Refusals } from "./refusals.js";

describe("Refusals", () => {
  it("counts each and logs the first of a code at once, then one line every 5 s with how many it left out", () => {
    let now = 0;
    const lines: object[] = [];
    const refusals = new Refusals({ ...silentLog, warn: (fields) => lines.push(fields) }, () => now);
    const full = new CulvertError("CONNECTION_LIMIT_EXCEEDED", "Cannot accept: full");
    for (now = 0; now < 12_000; now++) refusals.note(full);
    refusals.note(new CulvertError("STREAM_LIMIT_EXCEEDED", "Cannot take visitor: full"), { inlet: "a" });
    const line = { code: "CONNECTION_LIMIT_EXCEEDED", reason: "Cannot accept: full" };
    expect(lines).toEqual([
      line,
      { ...line, untold: 4999 },
      { ...line, untold: 4999 },
      { inlet: "a", code: "STREAM_LIMIT_EXCEEDED", reason: "Cannot take visitor: full" },
    ]);
    expect([...refusals.counts()]).toEqual([
      ["CONNECTION_LIMIT_EXCEEDED", 12_000],
      ["STREAM_LIMIT_EXCEEDED", 1],
    ]);
  });
});
