import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BytePattern } from "./byte-pattern.js";

describe("BytePattern", () => {
  it("is found where its bytes are, and nowhere else", () => {
    const bytes = fc.uint8Array({ maxLength: 20, max: 1 });
    fc.assert(
      fc.property(bytes, bytes, fc.nat(9), (pattern, other, offset) => {
        const at = new BytePattern(Buffer.from(pattern));
        for (const content of [pattern, other]) {
          const within = Buffer.concat([Buffer.alloc(offset), content, Buffer.alloc(3)]);
          const isSame = Buffer.compare(pattern, content) === 0;
          expect(at.isAt(within, offset, offset + content.length)).toBe(isSame);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps its bytes when their memory is used again", () => {
    const bytes = Buffer.from("abcde");
    const pattern = new BytePattern(bytes);
    bytes.fill(0);
    expect(pattern.isAt(Buffer.from("abcde"), 0, 5)).toBe(true);
  });
});
