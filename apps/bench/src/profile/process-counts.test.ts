import { describe, expect, it } from "vitest";
import { difference, parseCounts } from "./process-counts.js";

const stat = "7 (a) b) (c) S 1 7 7 0 -1 4194560 1 0 0 0 250 125 0 0 20 0 11 0 1 1 1";
const io = "rchar: 1000\nwchar: 900\nsyscr: 10\nsyscw: 9\nread_bytes: 0\nwrite_bytes: 0\n";

describe("parseCounts()", () => {
  it("reads times and calls, whatever the process is called", () => {
    expect(parseCounts(stat, io)).toEqual({
      userSeconds: 2.5,
      systemSeconds: 1.25,
      reads: 10,
      readBytes: 1000,
      writes: 9,
      writtenBytes: 900,
    });
  });
});

describe("difference()", () => {
  it("takes the earlier from the later", () => {
    const before = parseCounts(stat, io);
    const after = parseCounts(stat, io.replace("syscr: 10", "syscr: 15"));
    expect(difference(after, before)).toMatchObject({ reads: 5, writes: 0, userSeconds: 0 });
  });
});
