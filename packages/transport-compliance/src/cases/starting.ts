import assert from "node:assert/strict";
import type { ComplianceCase } from "../compliance-case.js";
import { checkArrived } from "../deliver.js";
import { patternedFrames } from "../patterned-frame.js";
import { watchFor } from "../within.js";

export const startingCases: readonly ComplianceCase[] = [
  {
    name: "keeps frames that came before start() and hands them over after it",
    requires: ["reliable"],
    run: async (bench) => {
      const { near, far } = await bench.connect();
      const toFar = patternedFrames(20, bench.size(1_000));
      const toNear = patternedFrames(20, bench.size(1_000), 100);
      for (const frame of toFar) await near.send(frame);
      for (const frame of toNear) await far.send(frame);
      await watchFor(bench.limits.watchMs);
      near.start();
      far.start();
      await Promise.all([far.untilFrames(20), near.untilFrames(20)]);
      checkArrived(far.frames, toFar, bench.capabilities.ordered);
      checkArrived(near.frames, toNear, bench.capabilities.ordered);
    },
  },
  {
    name: "hands the frames of a peer that closed to a late start(), then calls onClose",
    requires: ["reliable"],
    run: async (bench) => {
      const { near, far } = await bench.connect();
      const frames = patternedFrames(20, bench.size(1_000));
      for (const frame of frames) await near.send(frame);
      const closing = near.connection.close();
      await watchFor(bench.limits.watchMs);
      far.start();
      const reason = await far.untilClosed();
      checkArrived(far.frames, frames, bench.capabilities.ordered);
      assert.equal(reason, undefined, `onClose was called with ${reason?.code}`);
      await bench.within("close()", closing);
    },
  },
  {
    name: "calls onClose on the next turn when start() comes after the close",
    run: async (bench) => {
      const { near } = await bench.connect();
      await bench.within("close()", near.connection.close());
      near.start();
      assert.equal(near.closes.length, 0, "onClose was called before start() returned");
      assert.equal(await near.untilClosed(), undefined, "onClose was called with a reason");
    },
  },
];
