import { request } from "@x/core";
import type { Node } from "@x/routing";
import type { SendParams } from "../../control/operation-types.js";
import type { OperationContext } from "../operation-types.js";
import type { RuntimeContext } from "../runtime-context.js";
import { type HeldRoute, throwIfDown } from "./shared-routes.js";

/** How long a connection is kept for the next message, in milliseconds. 60,000: scripts send several in a row. */
const keptForNextMs = 60_000;

/**
 * Sends a message and waits for the reply. What the route begins with, a connection or a channel, is opened, or shared
 * with whoever has it already, and kept for a while.
 *
 * @throws CulvertError what connecting throws, the code of a refusal, TIMED_OUT, ABORTED
 */
export async function sendMessage(
  { node, shared }: RuntimeContext,
  { route, payload, timeoutMs }: SendParams,
  { signal }: OperationContext,
): Promise<{ payload: string }> {
  const startedAt = performance.now();
  const held = await shared.hold(route, { settleMs: timeoutMs, signal });
  try {
    // Of a message that was given up `request` says so.
    if (signal?.aborted !== true) throwIfDown(held, timeoutMs);
    const restMs = Math.max(1, timeoutMs - (performance.now() - startedAt));
    const reply = await request(node.own, held.route, Buffer.from(payload, "base64"), {
      timeoutMs: Math.ceil(restMs),
      ...(signal === undefined ? {} : { signal }),
    });
    return { payload: Buffer.from(reply.payload).toString("base64") };
  } finally {
    releaseLater(node, held);
  }
}

/** Lets go of a connection after a while, or when it breaks: the next message then dials at once, and not after a pause. */
function releaseLater(node: Node, { start, release }: HeldRoute): void {
  if (start === undefined) {
    void release();
    return;
  }
  const letGo = (): void => {
    clearTimeout(timer);
    void release();
    // The first call can come before `watch` has returned.
    queueMicrotask(() => unwatch());
  };
  const timer = setTimeout(letGo, keptForNextMs).unref();
  const unwatch = node.watch(start.worker, (state) => {
    if (state !== "up") letGo();
  });
}
