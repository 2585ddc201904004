import { describe, expect, it } from "vitest";
import { tcp } from "./tcp.js";

const invalid = expect.objectContaining({ code: "OPTION_INVALID" });

describe("tcp()", () => {
  it.each<object>([
    { maxFrameBytes: Number.NaN },
    { maxFrameBytes: 1_023 },
    { softQueueBytes: -1 },
    { hardQueueBytes: Number.POSITIVE_INFINITY },
    { maxConnections: 1.5 },
    { maxConnections: "10" },
    { dialTimeoutMs: Number.POSITIVE_INFINITY },
    { dialTimeoutMs: 2 ** 31 },
    { closeTimeoutMs: null },
    { deadPeerMs: 10 },
    { onReport: "console" },
    { reading: "quickly" },
    { slabBytes: 1 },
    { maxFrames: 3 },
    { toString: 3 },
  ])("refuses %j", (options) => {
    expect(() => tcp(options as never)).toThrow(invalid);
  });

  it("keeps the default of what is undefined", () => {
    const options = { maxFrameBytes: undefined, deadPeerMs: undefined, onReport: undefined };
    expect(tcp(options as never).capabilities).toEqual(tcp().capabilities);
  });
});
