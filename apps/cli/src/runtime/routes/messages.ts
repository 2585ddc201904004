import { CulvertError, request } from "@x/core";
import type { Node } from "@x/routing";
import type { SendParams } from "../../control/operation-types.js";
import type { OperationContext } from "../operation-types.js";
import type { RuntimeContext } from "../runtime-context.js";
import type { HeldRoute } from "./shared-connections.js";

/** How long a connection is kept for the next message, in milliseconds. 60,000: scripts send several in a row. */
const keptForNextMs = 60_000;

/**
 * Sends a message and waits for the reply. A transport hop at the start of the route is connected, or shared with what is
 * connected to it already, and kept for a while.
 *
 * @throws CulvertError what connecting throws, the code of a refusal, TIMED_OUT, ABORTED
 */
export async function sendMessage(
  { node, shared }: RuntimeContext,
  { route, payload, timeoutMs }: SendParams,
  { signal }: OperationContext,
): Promise<{ payload: string }> {
  const startedAt = performance.now();
  const held = await shared.hold(route, timeoutMs, signal);
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

/** Why a connection is down says more than the refusal that would come of it. */
export function throwIfDown({ connection }: HeldRoute, timeoutMs: number): void {
  if (connection === undefined || connection.state === "up") return;
  const { remote, lastFailure } = connection;
  if (lastFailure === undefined) {
    const reason = `Cannot connect to ${remote}: no connection within ${timeoutMs} ms`;
    throw new CulvertError("CONNECTION_TIMED_OUT", reason, { hop: remote });
  }
  throw new CulvertError(lastFailure.code, lastFailure.message, { hop: remote, cause: lastFailure });
}

/** Lets go of a connection after a while, or when it breaks: the next message then dials at once, and not after a pause. */
function releaseLater(node: Node, { connection, release }: HeldRoute): void {
  if (connection === undefined) {
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
  const unwatch = node.watch(connection.worker, (state) => {
    if (state !== "up") letGo();
  });
}
