import type { Release } from "@x/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader } from "./frame-reader.js";
import { encodeHello } from "./hello.js";
import { ReadBuffer, scratchFor } from "./read-buffer.js";

const maxFrameBytes = 100_000;
const slabBytes = 65_536;

type Receiver = (frame: Uint8Array, release: Release | undefined) => void;

/** A reader behind its handshake, and a way to give it bytes as a socket does. */
function startReader(onFrame: Receiver): (bytes: Buffer) => Set<ArrayBufferLike> {
  const reader = new FrameReader(new ReadBuffer(scratchFor(), slabBytes), maxFrameBytes);
  reader.awaitHello(() => {});
  const readInto = (bytes: Buffer): Set<ArrayBufferLike> => {
    const used = new Set<ArrayBufferLike>();
    for (let at = 0; at < bytes.length; ) {
      const space = reader.space();
      const count = bytes.copy(space, 0, at);
      used.add(space.buffer);
      at += count;
      reader.filled(count);
    }
    return used;
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
    const used = readInto(Buffer.concat(Array.from({ length: 50 }, () => framed(50_000, 2))));
    expect(used.size).toBeLessThanOrEqual(2);
  });

  it("takes new memory while frames are held", () => {
    const readInto = startReader(() => {});
    const used = readInto(Buffer.concat(Array.from({ length: 20 }, () => framed(50_000, 2))));
    expect(used.size).toBeGreaterThanOrEqual(19);
  });
});
