import assert from "node:assert/strict";
import type { ErrorCode } from "@x/core";
import type { ComplianceCase } from "../compliance-case.js";
import { deliver } from "../deliver.js";
import { expectError } from "../expect-error.js";
import { patternedFrame } from "../patterned-frame.js";
import type { ConnectedPair, TestBench, TestListener } from "../test-bench.js";
import { watchFor } from "../within.js";
import { refusalCodes } from "./dialling.js";

export const roomCases: readonly ComplianceCase[] = [
  {
    name: "tells a dialler CONNECTION_LIMIT_EXCEEDED while refusal gives a reason, and lets in who comes later",
    run: async (bench) => {
      let reason: string | undefined;
      const target = await bench.listen(undefined, undefined, () => reason);
      const first = await bench.connectAndStart(target);
      reason = "no room";
      await checkTurnedAway(bench, target);
      await checkAlive(bench, first);
      reason = undefined;
      await checkAlive(bench, await bench.connectAndStart(target));
    },
  },
  {
    name: "takes a refusal that throws for no room, and goes on accepting",
    run: async (bench) => {
      let isBroken = true;
      const target = await bench.listen(undefined, undefined, () => {
        if (isBroken) throw new Error("refusal fails on purpose");
        return undefined;
      });
      await checkTurnedAway(bench, target);
      isBroken = false;
      await checkAlive(bench, await bench.connectAndStart(target));
    },
  },
  {
    name: "stopAccepting() refuses who comes, and leaves the connections that are there alone",
    run: async (bench) => {
      const target = await bench.listen();
      const { listener } = target;
      if (listener.stopAccepting === undefined) return;
      const pair = await bench.connectAndStart(target);
      listener.stopAccepting();
      listener.stopAccepting();
      const codes: readonly ErrorCode[] = [...refusalCodes(bench), "CONNECTION_LIMIT_EXCEEDED"];
      await expectError("dial() after stopAccepting()", codes, () => bench.dial(listener.where));
      assert.equal(target.accepted.length, 1, "a listener that stopped accepted a connection");
      await checkAlive(bench, pair);
      await bench.within("close() of the listener", listener.close());
      assert.equal(pair.far.closes.length, 1, "the accepted connection is still open");
    },
  },
];

async function checkTurnedAway(bench: TestBench, { listener, accepted }: TestListener): Promise<void> {
  const before = accepted.length;
  const codes: readonly ErrorCode[] = ["CONNECTION_LIMIT_EXCEEDED"];
  await expectError("dial() where there is no room", codes, () => bench.dial(listener.where));
  await watchFor(bench.limits.watchMs);
  assert.equal(accepted.length, before, "onConnection was called for a connection that was refused");
}

async function checkAlive(bench: TestBench, { near, far }: ConnectedPair): Promise<void> {
  await deliver(near, far, [patternedFrame(1, 100)], bench.capabilities);
  await deliver(far, near, [patternedFrame(2, 100)], bench.capabilities);
}
