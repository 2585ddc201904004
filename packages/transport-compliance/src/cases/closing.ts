import assert from "node:assert/strict";
import type { ComplianceCase } from "../compliance-case.js";
import { checkArrived } from "../deliver.js";
import { expectThrow } from "../expect-error.js";
import { sendUntilStalled } from "../fill.js";
import { patternedFrame, patternedFrames } from "../patterned-frame.js";
import { watchFor } from "../within.js";

export const closingCases: readonly ComplianceCase[] = [
  {
    name: "close() sends what was accepted, and the peer hears of it before onClose",
    requires: ["reliable"],
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      const frames = patternedFrames(200, bench.size(2_000));
      for (const frame of frames) void near.connection.send([frame]);
      const closing = near.connection.close();
      await far.untilClosed();
      checkArrived(far.frames, frames, bench.capabilities.ordered);
      await bench.within("close()", closing);
    },
  },
  {
    name: "close() calls onClose at its own end once, without reason, before it resolves",
    run: async (bench) => {
      const { near } = await bench.connectAndStart();
      await bench.within("close()", near.connection.close());
      assert.equal(near.closes.length, 1, `onClose was called ${near.closes.length} times`);
      assert.equal(near.closes[0], undefined, `onClose was called with ${near.closes[0]?.code}`);
      await watchFor(bench.limits.watchMs);
    },
  },
  {
    name: "close() calls onClose at the other end once, without reason",
    requires: ["reliable"],
    run: async (bench) => {
      for (const side of ["near", "far"] as const) {
        const pair = await bench.connectAndStart();
        const other = side === "near" ? pair.far : pair.near;
        await bench.within("close()", pair[side].connection.close());
        const reason = await other.untilClosed();
        assert.equal(reason, undefined, `onClose was called with ${reason?.code}`);
        await watchFor(bench.limits.watchMs);
        assert.equal(other.closes.length, 1, `onClose was called ${other.closes.length} times`);
      }
    },
  },
  {
    name: "close() is safe to call twice, at both ends at once, and by disposal",
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      const closing = [near.connection.close(), near.connection.close(), far.connection.close()];
      await bench.within("close()", Promise.all(closing));
      await bench.within("close() again", near.connection.close());
      await bench.within("disposal", Promise.resolve(far.connection[Symbol.asyncDispose]()));
      await watchFor(bench.limits.watchMs);
      assert.equal(near.closes.length, 1, `onClose was called ${near.closes.length} times`);
      assert.equal(far.closes.length, 1, `onClose was called ${far.closes.length} times`);
      const reasons = [near.closes[0], far.closes[0]].map((reason) => reason?.code);
      assert.deepEqual(reasons, [undefined, undefined], "onClose was called with a reason");
    },
  },
  {
    name: "close() resolves while the peer neither reads nor closes",
    requires: ["reliable"],
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      far.stall();
      await sendUntilStalled(bench, near);
      await bench.within("close()", near.connection.close());
      assert.equal(near.closes.length, 1, `onClose was called ${near.closes.length} times`);
    },
  },
  {
    name: "send() throws CONNECTION_CLOSED once close() was called",
    run: async (bench) => {
      const { near } = await bench.connectAndStart();
      const closing = near.connection.close();
      const frame = patternedFrame(1, 10);
      expectThrow("send() after close()", "CONNECTION_CLOSED", () => near.connection.send([frame]));
      await bench.within("close()", closing);
      expectThrow("send() when closed", "CONNECTION_CLOSED", () => near.connection.send([frame]));
    },
  },
  {
    name: "send() throws CONNECTION_CLOSED after the peer closed",
    requires: ["reliable"],
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      const closing = near.connection.close();
      await far.untilClosed();
      const frame = patternedFrame(1, 10);
      expectThrow("send() after onClose", "CONNECTION_CLOSED", () => far.connection.send([frame]));
      await bench.within("close()", closing);
    },
  },
  {
    name: "hands over no frame after onClose while the peer goes on sending",
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      const sendSome = (): void => {
        for (const frame of patternedFrames(100, bench.size(1_000))) far.sendCarelessly(frame);
      };
      sendSome();
      await near.untilFrames(1);
      const closing = near.connection.close();
      sendSome();
      await bench.within("close()", closing);
      sendSome();
      await watchFor(bench.limits.watchMs);
      assert.equal(near.framesAfterClose, 0, `${near.framesAfterClose} frames came after onClose`);
    },
  },
];
