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
        // A slow reader's pieces are kept, which must change nothing of what is read.
        if (length % 3 === 0) buffer.keep();
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

  it("looks at no piece again that it let go", () => {
    const buffer = new ReceiveBuffer();
    // As memory that is given back to the system.
    const lent = (from: number, to: number): void => {
      const bytes = text.slice(from, to);
      buffer.insert(from, bytes, () => void structuredClone(bytes.buffer, { transfer: [bytes.buffer] }));
    };
    for (let from = 0; from < 200; from += 50) lent(from, from + 50);
    buffer.keep();
    expect(takeAll(buffer).equals(text)).toBe(true);
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

  it("keeps one-byte pieces that wait in less than 3 bytes of memory for each", () => {
    const buffer = new ReceiveBuffer();
    const count = 100_000;
    for (let offset = 0; offset < count; offset++) {
      // As a connection hands it on: a view of all that it read.
      buffer.insert(offset, new Uint8Array(1_024).fill(offset, 7, 8).subarray(7, 8));
      buffer.keep();
    }
    const pieces: Uint8Array[] = [];
    for (let piece = buffer.take(); piece !== undefined; piece = buffer.take()) pieces.push(piece.bytes);
    const kept = pieces.reduce((sum, { buffer: { byteLength } }) => sum + byteLength, 0);
    expect(kept).toBeLessThan(2 * count);
    // What the lists cost, at 256 bytes for each entry.
    expect(pieces.length * 256).toBeLessThan(count);
    expect(Buffer.concat(pieces).every((byte, offset) => byte === (offset & 0xff))).toBe(true);
  });

  it("gives the memory of a piece back when it copied it, and when nobody will read it", () => {
    const released: string[] = [];
    const buffer = new ReceiveBuffer();
    buffer.insert(0, new Uint8Array(1_000).subarray(0, 10), () => released.push("part of a large buffer"));
    buffer.keep();
    buffer.insert(10, new Uint8Array(10), () => released.push("joined"));
    buffer.keep();
    expect(released).toEqual(["part of a large buffer", "joined"]);
    buffer.insert(0, new Uint8Array(20), () => released.push("known"));
    buffer.insert(20, new Uint8Array(10), () => released.push("cleared"));
    buffer.clear();
    expect(released).toEqual(["part of a large buffer", "joined", "known", "cleared"]);
  });
});
