import { describe, expect, it } from "vitest";
import { readU32, readU48, writeU32, writeU48 } from "./wire-bytes.js";

describe("numbers on the wire", () => {
  it.each([0, 1, 0x7fffffff, 0x80000000, 0xffffffff])("keeps %d in 32 bits", (value) => {
    const bytes = new Uint8Array(5);
    writeU32(bytes, 1, value);
    expect(readU32(bytes, 1)).toBe(value);
  });

  it.each([0, 0x7fffffff, 0x80000000, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 3, 2 ** 48 - 1])(
    "keeps %d in 48 bits",
    (value) => {
      const bytes = new Uint8Array(7);
      writeU48(bytes, 1, value);
      expect(readU48(bytes, 1)).toBe(value);
    },
  );
});
