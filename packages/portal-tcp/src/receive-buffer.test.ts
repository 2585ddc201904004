import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReceiveBuffer } from "./receive-buffer.js";

const text = Uint8Array.from({ length: 200 }, (_, index) => index);

function takeAll(buffer: ReceiveBuffer): Buffer {
  const parts: Uint8Array[] = [];
  for (let part = buffer.take(); part !== undefined; part = buffer.take()) parts.push(part.bytes);
  return Buffer.concat(parts);
}

describe("ReceiveBuffer", () => {
  it("gives each byte once and in order, whatever pieces come", () => {
    const pieces = fc.array(fc.tuple(fc.nat(199), fc.integer({ min: 1, max: 60 })), { maxLength: 60 });
    const check = (inserted: [number, number][]): void => {
      const buffer = new ReceiveBuffer();
      const known = new Set<number>();
      for (const [offset, length] of inserted) {
        const bytes = text.subarray(offset, offset + length);
        expect(buffer.insert(offset, bytes)).toBe(true);
        for (let at = offset; at < offset + bytes.length; at++) known.add(at);
      }
      let complete = 0;
      while (known.has(complete)) complete++;
      expect(buffer.receivedTo).toBe(complete);
      expect(buffer.highest).toBe(Math.max(-1, ...known) + 1);
      expect(takeAll(buffer).equals(text.subarray(0, complete))).toBe(true);
    };
    fc.assert(fc.property(pieces, check), { numRuns: 500 });
  });

  it("drops further pieces when too many tiny ones wait", () => {
    const buffer = new ReceiveBuffer();
    const taken = Array.from({ length: 100 }, (_, index) =>
      buffer.insert(2 * index + 2, Uint8Array.of(index)),
    );
    expect(taken.filter((isTaken) => isTaken)).toHaveLength(64);
    expect(buffer.insert(0, Uint8Array.of(7, 7))).toBe(true);
    expect(buffer.receivedTo).toBe(3);
  });

  it("keeps no larger buffer alive for a piece that waits", () => {
    const buffer = new ReceiveBuffer();
    buffer.insert(1, new Uint8Array(1_000).subarray(0, 1));
    buffer.insert(0, Uint8Array.of(0));
    buffer.take();
    expect(buffer.take()?.bytes.buffer.byteLength).toBe(1);
  });
});
