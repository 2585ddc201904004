import { describe, expect, it } from "vitest";
import { ownBytes, pinnedBytes } from "./own-bytes.js";

describe("ownBytes", () => {
  it("copies a small part of a large buffer", () => {
    const slab = new Uint8Array(1_048_576).fill(7);
    const kept = ownBytes(slab.subarray(100, 5_100));
    expect(kept).toEqual(new Uint8Array(5_000).fill(7));
    expect(pinnedBytes(kept)).toBe(5_000);
  });

  it("copies a small part of a platform's pool", () => {
    const kept = ownBytes(Buffer.from("hello"));
    expect(pinnedBytes(kept)).toBe(5);
  });

  it("keeps bytes that are at least half of their buffer", () => {
    const half = new Uint8Array(1_000).subarray(0, 500);
    expect(ownBytes(half)).toBe(half);
    expect(pinnedBytes(half)).toBe(1_000);
  });
});
