import assert from "node:assert/strict";
import type { ComplianceCase } from "../compliance-case.js";
import { deliver } from "../deliver.js";
import { expectThrow } from "../expect-error.js";
import { describeFrame, patternedFrame, patternedFrames, sameBytes } from "../patterned-frame.js";
import type { RecordedEnd } from "../recorded-end.js";
import type { ConnectedPair, TestBench } from "../test-bench.js";
import { settlesWithin } from "../within.js";

/** Around the sizes at which lengths take another byte and buffers are used up. */
const sizes = [1, 2, 3, 127, 128, 255, 256, 1_000, 4_095, 4_096, 16_385, 65_535, 65_536, 65_537, 262_145];

/** What a program without types may give to `send`. */
const noBytes: readonly unknown[] = [
  "text",
  ["text"],
  [1, 2, 3],
  [[1, 2, 3]],
  [new Uint8Array(3), undefined],
  [null],
  [{}],
  [new ArrayBuffer(3)],
  [new Uint16Array(3)],
  new Uint8Array(3),
  undefined,
  null,
];

export const frameCases: readonly ComplianceCase[] = [
  {
    name: "carries frames of every size whole",
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      const fitting = sizes.filter((size) => size <= bench.capabilities.maxFrameBytes);
      const frames = fitting.map((size, number) => patternedFrame(number, size));
      await deliver(near, far, frames, bench.capabilities);
      await deliver(far, near, frames, bench.capabilities);
    },
  },
  {
    name: "carries an empty frame, given as no parts or as parts without bytes",
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      await deliver(near, far, [new Uint8Array(0)], bench.capabilities);
      const before = far.frames.length;
      await sendParts(bench, { near, far }, []);
      assert.equal(far.frames[before]?.length, 0, "the empty frame arrived with bytes in it");
      await deliver(near, far, [patternedFrame(1, 10)], bench.capabilities);
    },
  },
  {
    name: "carries a frame of maxFrameBytes",
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      const largest = patternedFrame(7, bench.capabilities.maxFrameBytes);
      await deliver(near, far, [largest], bench.capabilities);
    },
  },
  {
    name: "refuses a frame of more than maxFrameBytes with FRAME_TOO_LARGE and lives on",
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      const tooLarge = patternedFrame(1, bench.capabilities.maxFrameBytes + 1);
      expectThrow("send() of a frame too large", "FRAME_TOO_LARGE", () => near.connection.send([tooLarge]));
      const halves = [tooLarge.subarray(0, 9), tooLarge.subarray(9)];
      expectThrow("send() of parts too large in all", "FRAME_TOO_LARGE", () => near.connection.send(halves));
      await deliver(near, far, [patternedFrame(2, bench.size(100))], bench.capabilities);
      assert.equal(near.closes.length + far.closes.length, 0, "the connection closed");
    },
  },
  {
    name: "refuses parts that are no bytes with FRAME_INVALID and lives on",
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      for (const parts of noBytes) {
        const what = `send() of ${JSON.stringify(parts)}`;
        expectThrow(what, "FRAME_INVALID", () => near.connection.send(parts as never));
      }
      await deliver(near, far, [patternedFrame(1, 100)], bench.capabilities);
      await deliver(far, near, [patternedFrame(2, 100)], bench.capabilities);
      assert.equal(near.closes.length + far.closes.length, 0, "the connection closed");
    },
  },
  {
    name: "joins the parts of a frame, also parts without bytes, and leaves the sender's bytes alone",
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      const whole = patternedFrame(3, bench.size(20_000));
      const sent = whole.slice();
      const cuts = [0, 0, 1, 1, 9, 500, 501, sent.length, sent.length];
      const parts = cuts.map((cut, index) => sent.subarray(cuts[index - 1] ?? 0, cut));
      const before = far.frames.length;
      await sendParts(bench, { near, far }, parts);
      const arrived = far.frames[before] ?? new Uint8Array(0);
      assert.ok(sameBytes(arrived, whole), `arrived ${describeFrame(arrived)}, sent ${describeFrame(whole)}`);
      assert.ok(sameBytes(sent, whole), "send() changed the sender's bytes");
    },
  },
  {
    name: "keeps frames in order, each exactly once",
    requires: ["reliable", "ordered"],
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      const frames = Array.from({ length: 500 }, (_, number) =>
        patternedFrame(number, bench.size(4 + ((number * 997) % 5_000))),
      );
      await deliver(near, far, frames, bench.capabilities);
    },
  },
  {
    name: "carries a burst of 1,000 small frames",
    requires: ["reliable"],
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      const frames = patternedFrames(1_000, 100);
      for (const frame of frames) void near.connection.send([frame]);
      await far.untilFrames(1_000);
      await deliver(near, far, [patternedFrame(1_000, 100)], bench.capabilities);
      const lost = frames.findIndex((frame) => !far.frames.some((arrived) => sameBytes(arrived, frame)));
      assert.equal(lost, -1, `frame ${lost} of the burst did not arrive`);
      assert.equal(far.frames.length, 1_001, "more frames arrived than were sent");
    },
  },
  {
    name: "carries frames in both directions at once",
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      await Promise.all([sendRounds(bench, near, far, 0), sendRounds(bench, far, near, 10_000)]);
    },
  },
  {
    name: "leaves frames alone that the receiver keeps",
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      await deliver(near, far, sizedFrames(bench, 0), bench.capabilities);
      const kept = far.frames.slice();
      const copies = kept.map((frame) => frame.slice());
      for (let round = 1; round <= 5; round += 1) {
        await deliver(near, far, sizedFrames(bench, round * 100), bench.capabilities);
      }
      checkUnchanged(kept, copies);
    },
  },
  {
    name: "gives frames away: a receiver that writes into one changes no other and not the sender's",
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      const sent = sizedFrames(bench, 0);
      await deliver(near, far, sent, bench.capabilities);
      const kept = far.frames.filter((_, index) => index % 2 === 1);
      const copies = kept.map((frame) => frame.slice());
      for (const [index, frame] of far.frames.entries()) if (index % 2 === 0) frame.fill(0xff);
      checkUnchanged(kept, copies);
      checkUnchanged(sent, sizedFrames(bench, 0));
      await deliver(near, far, [patternedFrame(99, 100)], bench.capabilities);
    },
  },
];

/** Rounds, so that frames are sent while others arrive. */
async function sendRounds(
  bench: TestBench,
  from: RecordedEnd,
  to: RecordedEnd,
  first: number,
): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    const frames = patternedFrames(10, bench.size(10_000), first + round * 10);
    await deliver(from, to, frames, bench.capabilities);
  }
}

function sizedFrames(bench: TestBench, first: number): Uint8Array[] {
  return Array.from({ length: 20 }, (_, index) =>
    patternedFrame(first + index, bench.size(50 + index * 1_500)),
  );
}

function checkUnchanged(frames: readonly Uint8Array[], copies: readonly Uint8Array[]): void {
  for (const [index, frame] of frames.entries()) {
    const copy = copies[index] as Uint8Array;
    assert.ok(
      sameBytes(frame, copy),
      `frame ${index} changed to ${describeFrame(frame)}, was ${describeFrame(copy)}`,
    );
  }
}

/** Sends a frame in parts and waits for one more to arrive, again and again where frames may be lost. */
async function sendParts(
  bench: TestBench,
  { near, far }: ConnectedPair,
  parts: readonly Uint8Array[],
): Promise<void> {
  const arrived = far.untilFrames(far.frames.length + 1);
  arrived.catch(() => {});
  do await near.send(...parts);
  while (!bench.capabilities.reliable && !(await settlesWithin(bench.limits.watchMs, arrived)));
  await arrived;
}
