import type { CommandContext } from "../framework/context.js";
import type { RelayView } from "../resources/views/relay-view.js";

/** Longest wait for a node to give back the names of its relays, in milliseconds. 2,000: each takes 1 s at most. */
const releaseTimeoutMs = 2000;

/** Gives back the names of the relays of a node that runs: the tokens go with the node, and nobody could do it after that. */
export async function releaseRelays(context: CommandContext, node: string): Promise<void> {
  if ((await context.nodes.find(node))?.status !== "running") return;
  const control = context.control(node);
  const options = { timeoutMs: releaseTimeoutMs };
  const relays = (await control.call("relay.list", {}, options).catch(() => [])) as readonly RelayView[];
  await Promise.allSettled(relays.map(({ name }) => control.call("relay.delete", { name }, options)));
}
