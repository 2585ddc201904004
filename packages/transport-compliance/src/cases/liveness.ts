import assert from "node:assert/strict";
import { type ErrorCode, isCulvertError, maxTimerMs } from "@x/core";
import type { ComplianceCase } from "../compliance-case.js";
import { deliver } from "../deliver.js";
import { checkError } from "../expect-error.js";
import { patternedFrame } from "../patterned-frame.js";
import type { RecordedEnd } from "../recorded-end.js";
import type { ConnectedPair, TestBench } from "../test-bench.js";
import { watchFor, within } from "../within.js";

export const livenessCases: readonly ComplianceCase[] = [
  {
    name: "dial() gives up within dialTimeoutMs where nobody answers",
    run: async (bench) => {
      const dialTimeoutMs = checkTime("dialTimeoutMs", bench.capabilities.dialTimeoutMs);
      const detour = await bench.detour(await bench.listen());
      detour.cut();
      const codes: readonly ErrorCode[] = ["CONNECTION_TIMED_OUT", "HANDSHAKE_FAILED"];
      const failure = bench.dialler.dial(detour.where).then(
        async (connection) => void (await connection.close()),
        (error: unknown) => error,
      );
      const what = "dial() where nobody answers";
      checkError(what, codes, await within(dialTimeoutMs + bench.limits.waitMs, what, failure));
    },
  },
  {
    name: "closes both ends with PEER_DEAD within deadPeerMs when nothing gets through any more",
    run: async (bench) => {
      const { near, far, cut } = await connectByDetour(bench);
      await deliver(near, far, [patternedFrame(1, 100)], bench.capabilities);
      cut();
      await Promise.all([checkDies(bench, near), checkDies(bench, far)]);
    },
  },
  {
    name: "closes with PEER_DEAD within deadPeerMs also while it sends",
    run: async (bench) => {
      const { near, cut } = await connectByDetour(bench);
      cut();
      const sending = setInterval(() => near.sendCarelessly(patternedFrame(1, 100)), bench.limits.watchMs);
      try {
        await checkDies(bench, near);
      } finally {
        clearInterval(sending);
      }
    },
  },
  {
    name: "takes a peer that is quiet or busy for longer than deadPeerMs for no dead one",
    run: async (bench) => {
      const target = await bench.listen();
      const quiet = await bench.connectAndStart(target);
      const busy = await bench.connectAndStart(target);
      busy.far.stall();
      for (let number = 0; number < 10; number += 1) busy.near.sendCarelessly(patternedFrame(number, 1_000));
      await watchFor(1.5 * checkTime("deadPeerMs", bench.capabilities.deadPeerMs));
      busy.far.goOn();
      for (const { near, far } of [quiet, busy]) {
        assert.deepEqual([...near.closes, ...far.closes], [], "the connection closed");
        await deliver(near, far, [patternedFrame(20, 100)], bench.capabilities);
        await deliver(far, near, [patternedFrame(21, 100)], bench.capabilities);
      }
    },
  },
];

async function connectByDetour(bench: TestBench): Promise<ConnectedPair & { readonly cut: () => void }> {
  const target = await bench.listen();
  const detour = await bench.detour(target);
  const near = (await bench.dial(detour.where)).start();
  const far = (await target.untilAccepted(0)).start();
  return { near, far, cut: () => detour.cut() };
}

async function checkDies(bench: TestBench, end: RecordedEnd): Promise<void> {
  const limitMs = checkTime("deadPeerMs", bench.capabilities.deadPeerMs) + bench.limits.waitMs;
  const reason = await end.untilClosed(limitMs);
  const shown = isCulvertError(reason) ? reason.code : String(reason);
  assert.equal(reason?.code, "PEER_DEAD", `onClose was called with ${shown}`);
}

/** What a transport declares as a time has to be one. */
function checkTime(name: string, ms: number): number {
  assert.ok(ms > 0 && ms <= maxTimerMs, `capabilities.${name} is no time in milliseconds: ${ms}`);
  return ms;
}
