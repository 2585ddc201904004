import assert from "node:assert/strict";
import type { ComplianceCase } from "../compliance-case.js";
import { deliver } from "../deliver.js";
import { patternedFrame } from "../patterned-frame.js";
import type { FrameReaction } from "../recorded-end.js";
import type { TestBench } from "../test-bench.js";
import { settlesWithin } from "../within.js";

export const handlerCases: readonly ComplianceCase[] = [
  {
    name: "closes the connection with INTERNAL when onFrame throws, and no other",
    run: (bench) =>
      checkFailingHandler(bench, () => {
        throw new Error("handler fails on purpose");
      }),
  },
  {
    name: "closes the connection with INTERNAL when the promise of onFrame rejects, and no other",
    run: (bench) => checkFailingHandler(bench, () => Promise.reject(new Error("handler fails on purpose"))),
  },
];

async function checkFailingHandler(bench: TestBench, reaction: FrameReaction): Promise<void> {
  const target = await bench.listen();
  const other = await bench.connectAndStart(target);
  const { near, far } = await bench.connect(target);
  near.start();
  far.start(reaction);
  const closed = far.untilClosed();
  // Over a transport that may lose frames the first need not arrive.
  do near.sendCarelessly(patternedFrame(1, 10));
  while (!(await settlesWithin(bench.limits.watchMs, closed)));
  const reason = await closed;
  assert.equal(reason?.code, "INTERNAL", `onClose was called with ${reason?.code}`);
  if (bench.capabilities.reliable) await near.untilClosed();
  await deliver(other.near, other.far, [patternedFrame(2, 10)], bench.capabilities);
  await deliver(other.far, other.near, [patternedFrame(3, 10)], bench.capabilities);
}
