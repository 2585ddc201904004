import { describe, expect, it } from "vitest";
import { AskPace } from "./ask-pace.js";

function asksOf(count: number, bytes: number, windowBytes: number): number {
  const pace = new AskPace();
  return Array.from({ length: count }, () => pace.asksWith(bytes, windowBytes)).filter(Boolean).length;
}

describe("AskPace", () => {
  it("asks four times within a window", () => {
    expect(asksOf(64, 2_048, 131_072)).toBe(4);
  });

  it("asks with each packet that is a quarter of the window itself", () => {
    expect(asksOf(10, 32_768, 131_072)).toBe(10);
  });

  it("asks once in 1 MiB when the window is large", () => {
    expect(asksOf(64, 262_144, 16_777_216)).toBe(16);
  });

  it("does not ask for a little", () => {
    expect(asksOf(100, 100, 131_072)).toBe(0);
  });
});
