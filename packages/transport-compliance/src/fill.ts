import assert from "node:assert/strict";
import { fillFrameBytes, maxUnreadBytes } from "./limits.js";
import { patternedFrame } from "./patterned-frame.js";
import type { RecordedEnd } from "./recorded-end.js";
import type { TestBench } from "./test-bench.js";
import { settlesWithin } from "./within.js";

/** A connection that takes no more for now. */
export interface Stalled {
  /** What was accepted. */
  readonly sent: readonly Uint8Array[];
  /** The promise that there will be room. */
  readonly room: Promise<void>;
}

/**
 * Sends to a receiver that does not read until `send` returns a promise that stays pending.
 * Fails when the connection took {@link maxUnreadBytes} and goes on.
 */
export async function sendUntilStalled(bench: TestBench, from: RecordedEnd): Promise<Stalled> {
  const bytes = bench.size(fillFrameBytes);
  const sent: Uint8Array[] = [];
  while (sent.length * bytes < maxUnreadBytes) {
    const frame = patternedFrame(sent.length, bytes);
    const room = from.connection.send([frame]);
    sent.push(frame);
    if (room !== undefined && !(await settlesWithin(bench.limits.stallMs, room))) return { sent, room };
  }
  assert.fail(`the sender was never told to wait: ${maxUnreadBytes} bytes were taken and nobody read`);
}
