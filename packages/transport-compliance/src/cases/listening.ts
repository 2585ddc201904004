import assert from "node:assert/strict";
import { isAddress, transportHop } from "@x/core";
import type { ComplianceCase } from "../compliance-case.js";
import { deliver } from "../deliver.js";
import { expectError } from "../expect-error.js";
import { patternedFrame } from "../patterned-frame.js";
import type { TestBench, TestListener } from "../test-bench.js";
import { malformedWheres, refusalCodes } from "./dialling.js";

export const listeningCases: readonly ComplianceCase[] = [
  {
    name: "names both ends of a connection by addresses, and the far end as it was dialled",
    run: async (bench) => {
      const { listener, untilAccepted } = await bench.listen();
      const near = await bench.dial(listener.where);
      const far = await untilAccepted(0);
      assert.equal(near.connection.remoteWhere, listener.where, "remoteWhere is not what was dialled");
      for (const { connection } of [near, far]) {
        for (const where of [connection.localWhere, connection.remoteWhere]) {
          assert.ok(isAddress(`${bench.dialler.name}#${where}`), `${JSON.stringify(where)} is no address`);
        }
      }
      assert.ok(isAddress(transportHop(bench.acceptor.name, listener.where)));
    },
  },
  {
    name: "listen() rejects with LISTEN_ADDRESS_TAKEN where somebody listens, who is not disturbed",
    run: async (bench) => {
      const first = await bench.listen();
      await expectError("listen() at a place taken", ["LISTEN_ADDRESS_TAKEN"], () =>
        bench.listen(first.listener.where),
      );
      await checkWorks(bench, first);
    },
  },
  {
    name: "listen() rejects with ADDRESS_INVALID for a place it cannot read",
    run: async (bench) => {
      for (const where of malformedWheres(bench)) {
        const what = `listen(${JSON.stringify(where)})`;
        await expectError(what, ["ADDRESS_INVALID"], () => bench.listen(where));
      }
    },
  },
  {
    name: "chooses another free place for each listener",
    run: async (bench) => {
      const [one, two] = [await bench.listen(), await bench.listen()];
      assert.notEqual(one.listener.where, two.listener.where);
      await checkWorks(bench, one);
      await checkWorks(bench, two);
    },
  },
  {
    name: "closing a listener closes the connections it accepted",
    run: async (bench) => {
      const target = await bench.listen();
      const { near, far } = await bench.connectAndStart(target);
      await bench.within("close() of the listener", target.listener.close());
      assert.equal(far.closes.length, 1, "the accepted connection is still open");
      if (bench.capabilities.reliable) await near.untilClosed();
    },
  },
  {
    name: "closing a listener stops accepting, is safe to do twice, and frees the place",
    run: async (bench) => {
      const { listener, accepted } = await bench.listen();
      await bench.within("close() twice", Promise.all([listener.close(), listener.close()]));
      await bench.within("disposal", Promise.resolve(listener[Symbol.asyncDispose]()));
      await expectError("dial() after close()", refusalCodes(bench), () => bench.dial(listener.where));
      assert.equal(accepted.length, 0, "a closed listener accepted a connection");
      await checkWorks(bench, await bench.listen(listener.where));
    },
  },
  {
    name: "goes on accepting when onConnection throws, and closes that connection",
    run: async (bench) => {
      let calls = 0;
      const target = await bench.listen(undefined, () => {
        calls += 1;
        if (calls === 1) throw new Error("onConnection fails on purpose");
      });
      const unwanted = (await bench.dial(target.listener.where)).start();
      // A dial may be done before the listener hands over its end.
      await target.untilAccepted(0);
      if (bench.capabilities.reliable) await unwanted.untilClosed();
      await checkWorks(bench, target);
    },
  },
];

async function checkWorks(bench: TestBench, target: TestListener): Promise<void> {
  const { near, far } = await bench.connectAndStart(target);
  await deliver(near, far, [patternedFrame(1, 100)], bench.capabilities);
  await deliver(far, near, [patternedFrame(2, 100)], bench.capabilities);
}
