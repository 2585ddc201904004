import assert from "node:assert/strict";
import { type Connection, isCulvertError, type Release } from "@x/core";
import type { ComplianceCase } from "../compliance-case.js";
import { checkArrived, checkWasSent, deliver } from "../deliver.js";
import { checkError } from "../expect-error.js";
import { sendUntilStalled } from "../fill.js";
import { collectGarbage } from "../garbage.js";
import { maxHeldBytes, pinnedFrameBytes } from "../limits.js";
import { describeFrame, patternedFrame, sameBytes } from "../patterned-frame.js";
import { settlesWithin, watchFor } from "../within.js";

export const memoryCases: readonly ComplianceCase[] = [
  {
    name: "releases a frame's bytes at most once, and not before it needs them no more",
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      if (bench.capabilities.reliable) far.stall();
      const sent: Uint8Array[] = [];
      const releases: number[] = [];
      for (let room: Promise<void> | undefined; sent.length < 300; ) {
        const frame = patternedFrame(sent.length, bench.size(sent.length % 3 === 0 ? 65_536 : 1_000));
        const index = sent.push(frame) - 1;
        releases.push(0);
        // Whoever gets bytes back uses them again at once.
        room = sendReleasing(near.connection, frame.slice(), () => {
          releases[index] = (releases[index] as number) + 1;
        });
        if (room !== undefined && !(await settlesWithin(bench.limits.watchMs, room))) break;
      }
      far.goOn();
      if (bench.capabilities.reliable) {
        await far.untilFrames(sent.length);
        checkArrived(far.frames, sent, bench.capabilities.ordered);
      } else {
        await watchFor(bench.limits.watchMs);
        for (const frame of far.frames) checkWasSent(frame, sent);
      }
      const twice = releases.findIndex((count) => count > 1);
      assert.equal(twice, -1, `frame ${twice} was released ${releases[twice]} times`);
    },
  },
  {
    name: "does not release what send() refused",
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      let releases = 0;
      const release = (): void => {
        releases += 1;
      };
      const tooLarge = patternedFrame(1, bench.capabilities.maxFrameBytes + 1);
      expectRefusal(() => near.connection.send([tooLarge], release));
      await Promise.all([near.connection.close(), far.connection.close()]);
      expectRefusal(() => near.connection.send([patternedFrame(2, 10)], release));
      await watchFor(bench.limits.watchMs);
      assert.equal(releases, 0, `${releases} frames were released that nobody accepted`);
    },
  },
  {
    name: "leaves a frame as it is until its receiver releases it, however often others are released",
    run: async (bench) => {
      const { near, far } = await bench.connect();
      near.start();
      const kept: { readonly frame: Uint8Array; readonly copy: Uint8Array }[] = [];
      let count = 0;
      far.start((frame, release) => {
        count += 1;
        // What is released may change, so what is compared is a copy.
        far.frames[far.frames.length - 1] = frame.slice();
        if (count % 5 === 0) kept.push({ frame, copy: frame.slice() });
        else for (let calls = 0; calls < 2; calls += 1) release?.();
        return undefined;
      });
      for (let number = 0; number < 100; number += 1) {
        await deliver(near, far, [patternedFrame(number, bench.size(30_000))], bench.capabilities);
      }
      for (const [index, { frame, copy }] of kept.entries()) {
        assert.ok(sameBytes(frame, copy), `kept frame ${index} changed to ${describeFrame(frame)}`);
      }
    },
  },
  {
    name: "keeps no more memory for frames that wait than its bounds, also where they are pieces of large buffers",
    run: async (bench) => {
      const { near, far } = await bench.connectAndStart();
      far.stall();
      // What the system holds is not the transport's.
      if (bench.capabilities.reliable) await sendUntilStalled(bench, near);
      const before = await arrayBufferBytes();
      const sent = sendPieces(near.connection, bench.size(5_000));
      // The last collection may not be over when it returns.
      let held = (await arrayBufferBytes()) - before;
      for (let tries = 0; held > maxHeldBytes && tries < 20; tries += 1) {
        await watchFor(bench.limits.watchMs);
        held = (await arrayBufferBytes()) - before;
      }
      assert.ok(held <= maxHeldBytes, `${sent} frames of 5,000 bytes keep ${held} bytes alive`);
    },
  },
];

function sendReleasing(
  connection: Connection,
  bytes: Uint8Array,
  onRelease: Release,
): Promise<void> | undefined {
  return connection.send([bytes.subarray(0, 9), bytes.subarray(9)], () => {
    onRelease();
    bytes.fill(0xee);
  });
}

/** Sends pieces of large buffers, without waiting, until the hard bound or long behind it. Says how many were accepted. */
function sendPieces(connection: Connection, bytes: number): number {
  for (let sent = 0; sent < 200; sent += 1) {
    try {
      void connection.send([new Uint8Array(pinnedFrameBytes).subarray(0, bytes)]);
    } catch (failure) {
      checkError("send() to a receiver that does not read", ["CONNECTION_BUSY"], failure);
      return sent;
    }
  }
  return 200;
}

async function arrayBufferBytes(): Promise<number> {
  await collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

function expectRefusal(send: () => unknown): void {
  try {
    send();
  } catch (failure) {
    assert.ok(isCulvertError(failure), `send() threw ${failure}`);
    return;
  }
  assert.fail("send() took a frame that it has to refuse");
}
