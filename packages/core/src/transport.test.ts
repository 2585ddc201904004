import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { checkFrame } from "./transport.js";

describe("checkFrame", () => {
  it("counts the bytes of all parts, also those of another realm", () => {
    const foreign = runInNewContext("new Uint8Array(3)") as Uint8Array;
    expect(checkFrame([new Uint8Array(2), Buffer.from("four"), foreign], 9)).toBe(9);
    expect(checkFrame([], 9)).toBe(0);
  });

  it("refuses what is too large in all", () => {
    expect(() => checkFrame([new Uint8Array(5), new Uint8Array(5)], 9)).toThrow(
      "Cannot send frame of 10 bytes: limit is 9 bytes",
    );
  });

  it.each([
    ["text", "text"],
    ["bytes that are not in an array", new Uint8Array(2)],
    ["nothing", undefined],
    ["a number in an array", [1]],
    ["text in an array", ["text"]],
    ["null in an array", [new Uint8Array(1), null]],
    ["a hole in an array", new Array(1)],
    ["an ArrayBuffer", [new ArrayBuffer(2)]],
    ["bytes of another width", [new Uint16Array(2)]],
    ["something that looks like bytes", [{ length: 2, 0: 1, 1: 2 }]],
  ])("refuses %s", (_, parts) => {
    expect(() => checkFrame(parts as never, 9)).toThrow(expect.objectContaining({ code: "FRAME_INVALID" }));
  });
});
