import { describe, expect, it } from "vitest";
import { memoryDirectory, type NameClaim } from "./directory.js";
import { hashToken } from "./token.js";

const claim = (owner: number, epoch: number, sequence = 1): NameClaim => ({
  name: "n3",
  tokenHash: hashToken(new Uint8Array(16).fill(owner)),
  epoch,
  sequence,
});

describe("memoryDirectory()", () => {
  it("gives a free name, renews it for its owner, and keeps it from everybody else", () => {
    const directory = memoryDirectory();
    expect(directory.claim(claim(1, 5), 0)).toEqual({ result: "granted" });
    expect(directory.claim(claim(1, 5, 2), 0)).toEqual({ result: "granted" });
    expect(directory.claim(claim(2, 9), 0)).toEqual({ result: "taken" });
  });

  it("refuses an earlier claim after a later one, and a repeated one", () => {
    const directory = memoryDirectory();
    void directory.claim(claim(1, 5, 7), 0);
    for (const late of [claim(1, 4, 9), claim(1, 5, 6), claim(1, 5, 7)]) {
      expect(directory.claim(late, 0)).toEqual({ result: "superseded", epoch: 5 });
    }
  });

  it("frees a name only for its owner, and only if no later claim was made", () => {
    const directory = memoryDirectory();
    void directory.claim(claim(1, 5, 7), 0);
    expect(directory.release(claim(2, 9))).toBe(false);
    expect(directory.release(claim(1, 5, 6))).toBe(false);
    expect(directory.release(claim(1, 5, 7))).toBe(true);
    expect(directory.release(claim(1, 5, 7))).toBe(false);
    expect(directory.claim(claim(2, 1), 0)).toEqual({ result: "granted" });
  });
});
