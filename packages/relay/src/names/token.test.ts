import { describe, expect, it } from "vitest";
import { generateToken, hashesAreEqual, hashToken, tokenBytes } from "./token.js";

describe("generateToken()", () => {
  it("makes 32 random bytes as hex digits", () => {
    const tokens = new Set(Array.from({ length: 100 }, generateToken));
    expect(tokens.size).toBe(100);
    for (const token of tokens) expect(tokenBytes(token).byteLength).toBe(32);
  });
});

describe("tokenBytes()", () => {
  it.each(["", "00".repeat(15), "00".repeat(65), "0".repeat(33), "zz".repeat(16), "AB".repeat(16)])(
    "refuses %j without repeating it",
    (token) => {
      const isSilent = (error: Error) => token === "" || !error.message.includes(token);
      expect(() => tokenBytes(token)).toThrow(expect.toSatisfy(isSilent));
      expect(() => tokenBytes(token)).toThrow(RangeError);
    },
  );
});

describe("hashesAreEqual()", () => {
  it("compares the hashes of tokens", () => {
    const hash = hashToken(new Uint8Array(16));
    expect(hashesAreEqual(hash, hashToken(new Uint8Array(16)))).toBe(true);
    expect(hashesAreEqual(hash, hashToken(new Uint8Array(17)))).toBe(false);
    expect(hashesAreEqual(hash, hash.subarray(1))).toBe(false);
  });
});
