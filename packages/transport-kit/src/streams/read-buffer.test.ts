import type { Release } from "@x/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultSlabBytes } from "../limits.js";
import { FrameReader } from "./frame-reader.js";
import { encodeHello } from "./hello.js";
import { newScratch, ReadBuffer } from "./read-buffer.js";

const small = { maxFrameBytes: 100_000, slabBytes: 65_536 };
const { maxFrameBytes } = small;

type Receiver = (frame: Uint8Array, release: Release | undefined) => void;

interface Read {
  readonly memory: ArrayBufferLike;
  readonly bytes: number;
}

/** A reader behind its handshake, and a way to give it bytes as a socket does; it tells of each read. */
function startReader(onFrame: Receiver, limits = small): (bytes: Buffer) => Read[] {
  const reader = new FrameReader(new ReadBuffer(newScratch(), limits.slabBytes), limits.maxFrameBytes);
  reader.awaitHello(() => {});
  const readInto = (bytes: Buffer): Read[] => {
    const reads: Read[] = [];
    for (let at = 0; at < bytes.length; ) {
      const space = reader.space();
      const count = bytes.copy(space, 0, at);
      reads.push({ memory: space.buffer, bytes: count });
      at += count;
      reader.filled(count);
    }
    return reads;
  };
  readInto(Buffer.from(encodeHello({ maxFrameBytes, deadPeerMs: 15_000, full: false })));
  reader.start({
    onFrame: (frame, release) => void onFrame(frame, release),
    onControl: () => {},
    onResume: () => {},
    onFail: (error) => {
      throw error;
    },
  });
  return readInto;
}

function framed(length: number, fill: number): Buffer {
  const bytes = Buffer.alloc(4 + length, fill);
  bytes.writeUInt32BE(length);
  return bytes;
}

describe("ReadBuffer", () => {
  it("leaves every frame as it is until it is released", () => {
    const plan = fc.array(
      fc.record({
        length: fc.oneof(fc.nat(300), fc.integer({ min: 4_000, max: 30_000 }), fc.nat(maxFrameBytes)),
        keptFor: fc.constantFrom(0, 0, 1, 3, 1_000),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(plan, (frames) => {
        const held: { frame: Uint8Array; fill: number; until: number; release: Release | undefined }[] = [];
        let count = 0;
        const readInto = startReader((frame, release) => {
          const index = count++;
          held.push({ frame, fill: index + 1, until: index + (frames[index]?.keptFor ?? 0), release });
          for (const one of held.filter(({ until }) => until <= index)) {
            expect(one.frame.every((byte) => byte === one.fill)).toBe(true);
            one.release?.();
            // A second call must not count.
            one.release?.();
            held.splice(held.indexOf(one), 1);
          }
        });
        readInto(Buffer.concat(frames.map(({ length }, index) => framed(length, index + 1))));
        expect(count).toBe(frames.length);
        for (const { frame, fill } of held) expect(frame.every((byte) => byte === fill)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("reads into the same memory again when all frames were released", () => {
    const readInto = startReader((_frame, release) => release?.());
    readInto(framed(50_000, 1));
    const reads = readInto(Buffer.concat(Array.from({ length: 50 }, () => framed(50_000, 2))));
    expect(new Set(reads.map(({ memory }) => memory)).size).toBeLessThanOrEqual(2);
  });

  it("reads a large frame where it fits whole, so that no part of it has to be moved", async () => {
    const frames: Uint8Array[] = [];
    const limits = { maxFrameBytes: 600_000, slabBytes: defaultSlabBytes };
    const readInto = startReader((frame) => void frames.push(frame), limits);
    const reads: Read[] = [];
    const stream = Buffer.concat(Array.from({ length: 20 }, () => framed(524_400, 3)));
    // As many as one turn hands over, and the length word of the next.
    for (let at = 0, end = 4; at < stream.length; at = end) {
      end = Math.min(end + 5 * 524_404, stream.length);
      reads.push(...readInto(stream.subarray(at, end)));
      await new Promise(setImmediate);
    }
    // The first ones begin before it is known that there is much to read.
    const later = frames.slice(4).map((frame) => frame.buffer);
    expect(later.length).toBe(16);
    const bytesInto = (memory: ArrayBufferLike): number =>
      reads.reduce((sum, read) => (read.memory === memory ? sum + read.bytes : sum), 0);
    const moved = [...new Set(later)].map((memory) => {
      return later.filter((used) => used === memory).length * 524_404 - bytesInto(memory);
    });
    // Length words at most.
    expect(Math.max(...moved)).toBeLessThanOrEqual(4);
  });

  it("takes new memory while frames are held", () => {
    const readInto = startReader(() => {});
    const reads = readInto(Buffer.concat(Array.from({ length: 20 }, () => framed(50_000, 2))));
    expect(new Set(reads.map(({ memory }) => memory)).size).toBeGreaterThanOrEqual(19);
  });
});
