import assert from "node:assert/strict";
import type { TransportCapabilities } from "@x/core";
import { describeFrame, sameBytes } from "./patterned-frame.js";
import type { RecordedEnd } from "./recorded-end.js";
import { settlesWithin } from "./within.js";

/** Time before a frame is sent again over a transport that may lose it, in milliseconds. Many fit into one wait. */
const resendAfterMs = 20;

/**
 * Sends frames and checks what arrives beside what arrived before: all of it, in order, exactly once, as far as the transport
 * promises. Over a transport that may lose frames each is sent until it arrives, and what arrives must have been sent once.
 */
export async function deliver(
  from: RecordedEnd,
  to: RecordedEnd,
  frames: readonly Uint8Array[],
  capabilities: TransportCapabilities,
): Promise<void> {
  const before = to.frames.length;
  if (!capabilities.reliable) {
    for (const frame of frames) await sendUntilItArrives(from, to, frame);
    for (const frame of to.frames.slice(before)) checkWasSent(frame, from.sent);
    return;
  }
  for (const frame of frames) await from.send(frame);
  await to.untilFrames(before + frames.length);
  checkArrived(to.frames.slice(before), frames, capabilities.ordered);
}

/** Checks that exactly `sent` arrived, in order if so promised. */
export function checkArrived(
  arrived: readonly Uint8Array[],
  sent: readonly Uint8Array[],
  ordered: boolean,
): void {
  assert.equal(arrived.length, sent.length, `${arrived.length} frames arrived of ${sent.length} sent`);
  const left = new Set(sent.keys());
  for (const [index, frame] of arrived.entries()) {
    const expected = ordered ? index : findSame(frame, sent, left);
    const same = expected !== undefined && sameBytes(frame, sent[expected] as Uint8Array);
    assert.ok(same, `frame ${index} is ${describeFrame(frame)}, sent was ${describeFrame(sent[index])}`);
    left.delete(expected as number);
  }
}

function findSame(
  frame: Uint8Array,
  sent: readonly Uint8Array[],
  left: ReadonlySet<number>,
): number | undefined {
  for (const index of left) if (sameBytes(frame, sent[index] as Uint8Array)) return index;
  return undefined;
}

/** Checks that an arrived frame is one of those that were sent. */
export function checkWasSent(frame: Uint8Array, sent: readonly Uint8Array[]): void {
  assert.ok(
    sent.some((other) => sameBytes(frame, other)),
    `a frame arrived that nobody sent: ${describeFrame(frame)}`,
  );
}

async function sendUntilItArrives(from: RecordedEnd, to: RecordedEnd, frame: Uint8Array): Promise<void> {
  const before = to.frames.length;
  const arrived = to.until(`arrival of ${describeFrame(frame)}`, () =>
    to.frames.slice(before).some((other) => sameBytes(frame, other)),
  );
  arrived.catch(() => {});
  do await from.send(frame);
  while (!(await settlesWithin(resendAfterMs, arrived)));
  await arrived;
}
