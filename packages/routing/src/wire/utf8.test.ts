import { isUtf8 as platformIsUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isUtf8 } from "./utf8.js";

describe("isUtf8", () => {
  it("agrees with the platform for all text of two bytes", () => {
    for (let value = 0; value < 0x1_0000; value++) {
      const bytes = Uint8Array.of(value >> 8, value & 0xff);
      expect(isUtf8(bytes, 0, 2), value.toString(16)).toBe(platformIsUtf8(bytes));
    }
  });

  it("agrees with the platform for three and four bytes around each border", () => {
    const firsts = [0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff];
    const others = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
    for (const first of firsts) {
      for (const second of others) {
        for (const third of others) {
          for (const fourth of others) {
            const bytes = Uint8Array.of(first, second, third, fourth);
            expect(isUtf8(bytes, 0, 4)).toBe(platformIsUtf8(bytes));
            expect(isUtf8(bytes, 0, 3)).toBe(platformIsUtf8(bytes.subarray(0, 3)));
          }
        }
      }
    }
  });

  it("takes any text and sees only its part of the bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const bytes = new TextEncoder().encode(text);
        const framed = Uint8Array.of(0xff, ...bytes, 0xff);
        expect(isUtf8(framed, 1, framed.length - 1)).toBe(true);
        expect(isUtf8(framed, 0, framed.length)).toBe(false);
      }),
    );
  });
});
