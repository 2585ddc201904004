import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Pages } from "../resources/pages.js";
import { SendBuffer } from "./send-buffer.js";

const text = Uint8Array.from({ length: 1_000 }, (_, index) => index % 251);

describe("SendBuffer", () => {
  it("gives any range as it was written, however it was written", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(lengths, fc.nat(), fc.nat(), fc.nat(), (writes, first, second, released) => {
        const buffer = new SendBuffer(new Pages());
        for (const [index, length] of writes.entries()) {
          const bytes = text.subarray(buffer.end, buffer.end + length);
          if (index % 2 === 0) buffer.append(bytes);
          else buffer.appendCopy(bytes);
        }
        buffer.takeUnsent(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
        const start = released % (buffer.end + 1);
        expect(buffer.release(start)).toBe(start);
        const [from, to] = [first, second]
          .map((number) => start + (number % (buffer.end - start + 1)))
          .sort((one, other) => one - other) as [number, number];
        const { parts } = buffer.lend(new Uint8Array(0), from, to - from);
        expect(Buffer.concat(parts).equals(text.subarray(from, to))).toBe(true);
        expect(buffer.heldBytes).toBe(buffer.end - start);
      }),
    );
  });

  it("sends within the limit, and lost bytes again, lowest first and once", () => {
    const buffer = new SendBuffer(new Pages());
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

  it("gives memory back when the other end has the bytes and all that were lent them have returned them", () => {
    const buffer = new SendBuffer(new Pages());
    let given = 0;
    buffer.append(text, () => given++);
    buffer.takeUnsent(Number.POSITIVE_INFINITY, 1_000);
    const first = buffer.lend(new Uint8Array(0), 0, 500);
    const again = buffer.lend(new Uint8Array(0), 0, 500);
    first.release?.();
    first.release?.();
    buffer.release(1_000);
    expect(given).toBe(0);
    again.release?.();
    expect(given).toBe(1);
  });

  it("keeps what was lent and never returned, also when the stream ends", () => {
    const buffer = new SendBuffer(new Pages());
    const given: string[] = [];
    buffer.append(text, () => given.push("lent"));
    buffer.append(text, () => given.push("not lent"));
    buffer.takeUnsent(Number.POSITIVE_INFINITY, 1_000);
    const lent = buffer.lend(new Uint8Array(0), 0, 1_000);
    buffer.clear();
    expect(given).toEqual(["not lent"]);
    lent.release?.();
    expect(given).toEqual(["not lent", "lent"]);
  });

  it("keeps a copy of tiny writes in about as much memory as they have bytes", () => {
    const buffer = new SendBuffer(new Pages());
    for (let count = 0; count < 100_000; count++) buffer.appendCopy(Uint8Array.of(count));
    const { parts } = buffer.lend(new Uint8Array(0), 0, 100_000);
    expect(parts.length).toBeLessThan(40);
    const memory = new Set(parts.map((part) => part.buffer));
    const kept = [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(kept).toBeLessThan(2 * 100_000);
    expect(Buffer.concat(parts).every((byte, index) => byte === (index & 0xff))).toBe(true);
  });
});
