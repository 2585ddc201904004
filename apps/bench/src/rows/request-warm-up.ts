import { entryOf, type NamedChain } from "./measure.js";
import type { Bench } from "./row.js";

/**
 * Lets compilers settle before requests are timed: twice, all chains after each other.
 * When a process has been idle for some seconds V8 collects garbage, and throws away compiled code that only dead objects
 * were still good for. This happens once, so it shall happen between the two turns.
 */
export async function settle(
  chains: readonly NamedChain[],
  warmUp: (chain: NamedChain) => Promise<void>,
): Promise<void> {
  for (const chain of [...chains, ...chains]) await warmUp(chain).catch(() => undefined);
}

/**
 * Many connections with requests after each other, each for a while.
 * V8 compiles for the first connection alone, and in part anew for each of the next ten or so, because their objects differ.
 */
export async function warmUpRequests(
  { client, settings }: Bench,
  chain: NamedChain,
  server: 0 | 1 = 0,
): Promise<void> {
  for (let connection = 0; connection < settings.requestWarmUps; connection++) {
    const options = { port: entryOf(chain, server), timeMs: settings.requestWarmUpMs, warmUp: 0 };
    await client.call("measureRequests", options);
  }
}
