import assert from "node:assert/strict";
import type { ComplianceCase } from "../compliance-case.js";
import { deliver } from "../deliver.js";
import { sendUntilStalled } from "../fill.js";
import { fillFrameBytes } from "../limits.js";
import { openHandles } from "../open-handles.js";
import { patternedFrame, patternedFrames } from "../patterned-frame.js";
import type { ConnectedPair, TestBench } from "../test-bench.js";
import { watchFor } from "../within.js";

const connections = 50;

export const isolationCases: readonly ComplianceCase[] = [
  {
    name: `keeps ${connections} connections to one listener apart`,
    run: async (bench) => {
      const target = await bench.listen();
      const pairs: ConnectedPair[] = [];
      while (pairs.length < connections) pairs.push(await bench.connectAndStart(target));
      const exchange = ({ near, far }: ConnectedPair, index: number): Promise<unknown> =>
        Promise.all([
          deliver(near, far, patternedFrames(5, 200, index * 1_000), bench.capabilities),
          deliver(far, near, patternedFrames(5, 200, index * 1_000 + 500), bench.capabilities),
        ]);
      await Promise.all(pairs.map(exchange));
    },
  },
  {
    name: "goes on with other connections while one receiver does not read",
    run: async (bench) => {
      const target = await bench.listen();
      const other = await bench.connectAndStart(target);
      const { near, far } = await bench.connectAndStart(target);
      far.stall();
      if (bench.capabilities.reliable) await sendUntilStalled(bench, near);
      else for (const frame of patternedFrames(200, bench.size(fillFrameBytes))) near.sendCarelessly(frame);
      await checkAlive(bench, other);
      await checkAlive(bench, await bench.connectAndStart(target));
    },
  },
  {
    name: "goes on with other connections when one closes",
    run: async (bench) => {
      const target = await bench.listen();
      const other = await bench.connectAndStart(target);
      const { near, far } = await bench.connectAndStart(target);
      await bench.within("close()", Promise.all([near.connection.close(), far.connection.close()]));
      await checkAlive(bench, other);
    },
  },
  {
    name: "leaves no socket and no timer behind when everything is closed",
    run: async (bench) => {
      const before = openHandles();
      const target = await bench.listen();
      const { near, far } = await bench.connectAndStart(target);
      await deliver(near, far, [patternedFrame(1, 1_000)], bench.capabilities);
      const closing = [near.connection.close(), far.connection.close(), target.listener.close()];
      await bench.within("close()", Promise.all(closing));
      await checkHandles(bench, before);
    },
  },
];

async function checkAlive(bench: TestBench, { near, far }: ConnectedPair): Promise<void> {
  await deliver(near, far, patternedFrames(5, 100, 5_000), bench.capabilities);
  await deliver(far, near, patternedFrames(5, 100, 6_000), bench.capabilities);
}

async function checkHandles(bench: TestBench, before: ReadonlyMap<string, number>): Promise<void> {
  const tooLate = performance.now() + bench.limits.waitMs;
  for (;;) {
    const more = [...openHandles()].filter(([type, count]) => count > (before.get(type) ?? 0));
    if (more.length === 0) return;
    // A handle closes a turn or two after its owner said so.
    assert.ok(performance.now() < tooLate, `still open: ${more.map(([type]) => type).join(", ")}`);
    await watchFor(1);
  }
}
