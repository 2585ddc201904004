import { request } from "@x/core";
import type { Node } from "@x/routing";
import type { OperationContext, SendParams } from "./operation-types.js";

/**
 * Sends a message and waits for the reply.
 *
 * @throws CulvertError the code of a refusal, TIMED_OUT, ABORTED
 */
export async function sendMessage(
  node: Node,
  { route, payload, timeoutMs }: SendParams,
  { signal }: OperationContext,
): Promise<{ payload: string }> {
  const message = { onwardRoute: route, payload: Buffer.from(payload, "base64") };
  const reply = await request(node, message, { timeoutMs, ...(signal === undefined ? {} : { signal }) });
  return { payload: Buffer.from(reply.payload).toString("base64") };
}
