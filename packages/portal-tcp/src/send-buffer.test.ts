import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SendBuffer } from "./send-buffer.js";

const text = Uint8Array.from({ length: 1_000 }, (_, index) => index % 251);

describe("SendBuffer", () => {
  it("gives any range as it was written, however it was written", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(lengths, fc.nat(), fc.nat(), fc.nat(), (writes, first, second, released) => {
        const buffer = new SendBuffer();
        for (const length of writes) buffer.append(text.subarray(buffer.end, buffer.end + length));
        buffer.takeUnsent(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
        const start = released % (buffer.end + 1);
        expect(buffer.release(start)).toBe(start);
        const [from, to] = [first, second]
          .map((number) => start + (number % (buffer.end - start + 1)))
          .sort((one, other) => one - other) as [number, number];
        expect(Buffer.concat(buffer.read(from, to - from)).equals(text.subarray(from, to))).toBe(true);
        expect(buffer.heldBytes).toBe(buffer.end - start);
      }),
    );
  });

  it("sends within the limit, and lost bytes again, lowest first and once", () => {
    const buffer = new SendBuffer();
    buffer.append(text);
    expect(buffer.takeUnsent(100, 60)).toEqual({ offset: 0, length: 60 });
    expect(buffer.takeUnsent(100, 60)).toEqual({ offset: 60, length: 40 });
    expect(buffer.takeUnsent(100, 60)).toBeUndefined();
    buffer.markLost(70, 90);
    buffer.markLost(10, 30);
    buffer.markLost(20, 40);
    expect(buffer.takeLost(1_000)).toEqual({ offset: 10, length: 30 });
    expect(buffer.takeLost(5)).toEqual({ offset: 70, length: 5 });
    buffer.release(80);
    expect(buffer.takeLost(1_000)).toEqual({ offset: 80, length: 10 });
    expect(buffer.hasLost).toBe(false);
  });
});
