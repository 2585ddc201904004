import assert from "node:assert/strict";
import type { ComplianceCase } from "../compliance-case.js";
import { checkArrived, deliver } from "../deliver.js";
import { checkError } from "../expect-error.js";
import { sendUntilStalled } from "../fill.js";
import { fillFrameBytes, maxUnreadBytes } from "../limits.js";
import { patternedFrame } from "../patterned-frame.js";
import type { RecordedEnd } from "../recorded-end.js";
import type { TestBench } from "../test-bench.js";

export const backPressureCases: readonly ComplianceCase[] = [
  {
    name: "makes the sender wait while the receiver is busy, and lets it go on after that",
    requires: ["reliable"],
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      far.stall();
      const { sent, room } = await sendUntilStalled(bench, near);
      far.goOn();
      await bench.within("room after the receiver went on", room);
      await far.untilFrames(sent.length);
      checkArrived(far.frames, sent, bench.capabilities.ordered);
      await deliver(near, far, [patternedFrame(1, 100)], bench.capabilities);
    },
  },
  {
    name: "makes the sender wait while the receiver is not started",
    requires: ["reliable"],
    run: async (bench) => {
      const { near, far } = await bench.connect();
      near.start();
      const { sent, room } = await sendUntilStalled(bench, near);
      far.start();
      await bench.within("room after start()", room);
      await far.untilFrames(sent.length);
      checkArrived(far.frames, sent, bench.capabilities.ordered);
    },
  },
  {
    name: "lets a sender that waits go when its connection closes",
    requires: ["reliable"],
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      far.stall();
      const { room } = await sendUntilStalled(bench, near);
      const closing = near.connection.close();
      await bench.within("the sender is let go", room);
      await bench.within("close()", closing);
    },
  },
  {
    name: "lets a sender that waits go when the peer closes",
    requires: ["reliable"],
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      far.stall();
      const { room } = await sendUntilStalled(bench, near);
      const closing = far.connection.close();
      await bench.within("the sender is let go", room);
      await near.untilClosed();
      await bench.within("close()", closing);
    },
  },
  {
    name: "refuses what a sender that does not wait sends beyond the hard bound with CONNECTION_BUSY",
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      if (bench.capabilities.reliable) far.stall();
      const { sent, room } = sendUntilBusy(bench, near);
      far.goOn();
      await bench.within("room after the receiver went on", room ?? Promise.resolve());
      if (bench.capabilities.reliable) {
        await far.untilFrames(sent.length);
        checkArrived(far.frames, sent, bench.capabilities.ordered);
      }
      assert.equal(near.closes.length + far.closes.length, 0, "the connection closed");
      far.frames.length = 0;
      await deliverAgain(bench, near, far);
    },
  },
];

/** Over a transport that loses frames some of the flood may still be under way. */
async function deliverAgain(bench: TestBench, near: RecordedEnd, far: RecordedEnd): Promise<void> {
  if (bench.capabilities.reliable) {
    await deliver(near, far, [patternedFrame(1, 100)], bench.capabilities);
    return;
  }
  const isLast = (frame: Uint8Array): boolean => frame.length === 100;
  await near.send(patternedFrame(1, 100));
  await far.until("a frame after the flood", () => far.frames.some(isLast));
}

function sendUntilBusy(
  bench: TestBench,
  from: RecordedEnd,
): { sent: Uint8Array[]; room: Promise<void> | undefined } {
  const bytes = bench.size(fillFrameBytes);
  const sent: Uint8Array[] = [];
  let room: Promise<void> | undefined;
  while (sent.length * bytes < maxUnreadBytes) {
    const frame = patternedFrame(sent.length, bytes);
    try {
      room = from.connection.send([frame]) ?? room;
    } catch (failure) {
      checkError("send() at the hard bound", ["CONNECTION_BUSY"], failure);
      return { sent, room };
    }
    sent.push(frame);
  }
  assert.fail(`the sender was never refused: ${maxUnreadBytes} bytes were taken in one turn`);
}
