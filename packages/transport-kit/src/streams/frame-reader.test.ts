import type { CulvertError } from "@x/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader } from "./frame-reader.js";
import { encodeHello, type Hello } from "./hello.js";
import { newScratch, ReadBuffer } from "./read-buffer.js";

const hello: Hello = { maxFrameBytes: 100_000, deadPeerMs: 15_000, full: false };

/** Length word and frame. */
function framed(frame: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + frame.length);
  bytes.writeUInt32BE(frame.length);
  bytes.set(frame, 4);
  return bytes;
}

/** What a reader made of its bytes. */
class Reading {
  readonly frames: Buffer[] = [];
  readonly controls: number[] = [];
  hello: Hello | CulvertError | undefined;
  error: CulvertError | undefined;
  readonly reader = new FrameReader(new ReadBuffer(newScratch(), 65_536), 100_000);

  constructor() {
    this.reader.awaitHello((found) => {
      this.hello = found;
    });
  }

  start(): void {
    this.reader.start({
      onFrame: (frame) => void this.frames.push(Buffer.from(frame)),
      onControl: (kind) => void this.controls.push(kind),
      onResume: () => {},
      onFail: (error) => {
        this.error = error;
      },
    });
  }

  /** Gives the reader bytes as a socket would that reads into its buffers. */
  readInto(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const space = this.reader.space();
      const count = bytes.copy(space, 0, at);
      at += count;
      this.reader.filled(count);
      // Another connection reads into the shared scratch buffer.
      if (space.buffer === newScratch().buffer) newScratch().fill(0xee);
    }
  }
}

/** Reads a hello and then the bytes, cut as told. */
function read(bytes: Buffer, cuts: readonly number[], way: "space" | "append"): Reading {
  const reading = new Reading();
  reading.readInto(Buffer.from(encodeHello(hello)));
  reading.start();
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    const piece = Buffer.from(bytes.subarray(at, cut));
    at = Math.max(at, cut);
    if (piece.length === 0) continue;
    if (way === "space") reading.readInto(piece);
    else reading.reader.append(piece);
  }
  return reading;
}

describe.each(["space", "append"] as const)("FrameReader fed by %s", (way) => {
  it("finds the same frames at every split of the input", () => {
    const frames = [Buffer.from("one"), Buffer.alloc(0), Buffer.alloc(5_000, 7), Buffer.from("four")];
    const control = Buffer.from([0x80, 0x01, 0x00, 0x02, 0xaa, 0xbb, 0x87, 0x65, 0x00, 0x00]);
    const bytes = Buffer.concat([framed(Buffer.from("zero")), control, ...frames.map(framed)]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { frames: found, controls, error } = read(bytes, [cut], way);
      expect(error).toBeUndefined();
      expect(controls).toEqual([1, 0x765]);
      expect(Buffer.concat(found).equals(Buffer.concat([Buffer.from("zero"), ...frames]))).toBe(true);
      expect(found.length).toBe(5);
    }
  });

  it("finds frames of any size, cut anyhow", () => {
    const sizes = fc.array(fc.oneof(fc.nat(300), fc.nat(9_000), fc.nat(100_000)), { maxLength: 30 });
    fc.assert(
      fc.property(sizes, fc.array(fc.nat(400_000), { maxLength: 20 }), (lengths, cuts) => {
        const frames = lengths.map((length, i) => Buffer.alloc(length, i + 1));
        const bytes = Buffer.concat(frames.map(framed));
        const sorted = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
        const { frames: found } = read(bytes, sorted, way);
        expect(found.length).toBe(frames.length);
        expect(Buffer.concat(found).equals(Buffer.concat(frames))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("never throws on random bytes, and stops for good after an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (random) => {
        const reading = read(Buffer.from(random), [50], way);
        const count = reading.frames.length;
        if (reading.error === undefined) return;
        expect(["FRAME_INVALID", "FRAME_TOO_LARGE"]).toContain(reading.error.code);
        reading.readInto(framed(Buffer.from("late")));
        expect(reading.frames.length).toBe(count);
      }),
    );
  });
});

describe("FrameReader", () => {
  it("refuses a frame above its limit before the frame comes", () => {
    const { error } = read(Buffer.from([0x00, 0x01, 0x86, 0xa1]), [], "space");
    expect(error).toMatchObject({ code: "FRAME_TOO_LARGE" });
  });

  it("takes no memory for a length that was only announced", () => {
    const reading = read(
      Buffer.concat([Buffer.from([0x00, 0x01, 0x86, 0xa0]), Buffer.alloc(10)]),
      [],
      "space",
    );
    expect(reading.reader.space().buffer.byteLength).toBeLessThan(10_000);
  });

  it("gives a slab back when the connection is quiet", () => {
    const reading = read(framed(Buffer.alloc(50_000)), [], "space");
    expect(reading.reader.space().buffer.byteLength).toBe(65_536);
    expect(reading.reader.space().buffer).not.toBe(newScratch().buffer);
    for (let i = 0; i < 10; i++) reading.reader.tick(false);
    reading.readInto(framed(Buffer.from("pong")));
    expect(reading.reader.space().buffer).toBe(newScratch().buffer);
  });

  it("delivers nothing more while a receiver is busy, then goes on where it stopped", async () => {
    const reading = new Reading();
    reading.readInto(Buffer.from(encodeHello(hello)));
    let go: () => void = () => {};
    const seen: string[] = [];
    let resumed = 0;
    reading.reader.start({
      onFrame: (frame) => {
        seen.push(Buffer.from(frame).toString());
        return new Promise((resolve) => {
          go = resolve;
        });
      },
      onControl: () => {},
      onResume: () => void resumed++,
      onFail: () => {},
    });
    reading.readInto(Buffer.concat(["a", "b", "c"].map((text) => framed(Buffer.from(text)))));
    expect(seen).toEqual(["a"]);
    expect(reading.reader.paused).toBe(true);
    for (const expected of [
      ["a", "b"],
      ["a", "b", "c"],
    ]) {
      go();
      await Promise.resolve();
      await Promise.resolve();
      expect(seen).toEqual(expected);
    }
    go();
    await Promise.resolve();
    await Promise.resolve();
    expect(reading.reader.paused).toBe(false);
    expect(resumed).toBeGreaterThan(0);
  });

  it("reports a receiver that throws, and delivers nothing more to it", () => {
    const reading = new Reading();
    reading.readInto(Buffer.from(encodeHello(hello)));
    let failure: CulvertError | undefined;
    reading.reader.start({
      onFrame: () => {
        throw new Error("no");
      },
      onControl: () => {},
      onResume: () => {},
      onFail: (error) => {
        failure = error;
      },
    });
    reading.readInto(framed(Buffer.from("x")));
    expect(failure).toMatchObject({ code: "INTERNAL" });
  });
});
