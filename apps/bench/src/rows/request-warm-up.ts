import type { Bench } from "./row.js";

/**
 * Lets compilers settle before requests are timed: many connections after each other, each for a while.
 * V8 compiles for the first connection alone, and begins anew with each of the next five or so, because their objects differ.
 */
export async function warmUpRequests({ client, settings }: Bench, port: number): Promise<void> {
  for (let connection = 0; connection < settings.requestWarmUps; connection++) {
    await client.call("measureRequests", { port, timeMs: settings.requestWarmUpMs, warmUp: 0 });
  }
}
