import assert from "node:assert/strict";
import type { ErrorCode } from "@x/core";
import type { ComplianceCase } from "../compliance-case.js";
import { deliver } from "../deliver.js";
import { expectError, expectRejection } from "../expect-error.js";
import { patternedFrame } from "../patterned-frame.js";
import type { TestBench } from "../test-bench.js";
import { watchFor } from "../within.js";

export const diallingCases: readonly ComplianceCase[] = [
  {
    name: "dial() rejects with CONNECTION_REFUSED where nobody listens",
    run: async (bench) => {
      const where = (await bench.subject.unreachableWhere?.()) ?? (await freedPlace(bench));
      await expectError("dial() where nobody listens", refusalCodes(bench), () => bench.dial(where));
    },
  },
  {
    name: "dial() rejects with ADDRESS_INVALID for a place it cannot read",
    run: async (bench) => {
      for (const where of ["", ...malformedWheres(bench)]) {
        const what = `dial(${JSON.stringify(where)})`;
        await expectError(what, ["ADDRESS_INVALID"], () => bench.dial(where));
      }
    },
  },
  {
    name: "dial() rejects with ABORTED when its signal was aborted before",
    run: async (bench) => {
      const { listener, accepted } = await bench.listen();
      const signal = AbortSignal.abort();
      await expectError("dial() with an aborted signal", ["ABORTED"], () =>
        bench.dial(listener.where, signal),
      );
      await watchFor(bench.limits.watchMs);
      assert.equal(accepted.length, 0, "the listener got a connection");
    },
  },
  {
    name: "dial() rejects with ABORTED when its signal aborts meanwhile, and leaves no connection",
    run: async (bench) => {
      const { listener, accepted } = await bench.listen();
      const controller = new AbortController();
      const dialling = bench.dial(listener.where, controller.signal);
      controller.abort();
      await expectError("dial() aborted meanwhile", ["ABORTED"], () => dialling);
      await watchFor(bench.limits.watchMs);
      for (const end of accepted) await end.start().untilClosed();
    },
  },
  {
    name: "dial() and listen() never throw at once: what is wrong with a place is a rejection",
    run: async (bench) => {
      const listening = { onConnection: () => {} };
      for (const where of [...malformedWheres(bench), undefined, null, 7, {}] as string[]) {
        const shown = JSON.stringify(where);
        await expectRejection(`dial(${shown})`, ["ADDRESS_INVALID"], () => bench.dialler.dial(where));
        await expectRejection(`listen(${shown})`, ["ADDRESS_INVALID"], () =>
          bench.acceptor.listen(where, listening),
        );
      }
    },
  },
  {
    name: "leaves an open connection alone when the signal of its dial() aborts",
    run: async (bench) => {
      const target = await bench.listen();
      const controller = new AbortController();
      const near = (await bench.dial(target.listener.where, controller.signal)).start();
      const far = (await target.untilAccepted(0)).start();
      controller.abort();
      await deliver(near, far, [patternedFrame(1, 100)], bench.capabilities);
      assert.equal(near.closes.length + far.closes.length, 0, "the connection closed");
    },
  },
];

/** Places that neither `dial` nor `listen` can read. */
export function malformedWheres(bench: TestBench): readonly string[] {
  return bench.subject.malformedWheres ?? ["\u0000"];
}

/** What `dial` may reject with where nobody listens. A transport without connections underneath may only notice the silence. */
export function refusalCodes(bench: TestBench): readonly ErrorCode[] {
  return bench.capabilities.reliable
    ? ["CONNECTION_REFUSED"]
    : ["CONNECTION_REFUSED", "CONNECTION_TIMED_OUT"];
}

async function freedPlace(bench: TestBench): Promise<string> {
  const { listener } = await bench.listen();
  await bench.within("close() of the listener", listener.close());
  return listener.where;
}
