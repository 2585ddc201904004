import type { Chain } from "../../engine/chain.js";
import { endOf, startSocket } from "../../harness/clients.js";
import { firstServed, within } from "../../harness/waiting.js";

/**
 * Runs a command that must fail with an exit code and say something. Gives how much longer it took than one that succeeds takes now, in
 * milliseconds: that is the wait for the error.
 *
 * @throws Error if it succeeds, or says something else
 */
export async function untilRefused(
  { workspace, route }: Pick<Chain, "workspace" | "route">,
  line: string,
  exit: number,
  ...says: readonly (string | RegExp)[]
): Promise<number> {
  const usual = await workspace.run(`message send hello --from near --to ${route}/service/echo`);
  const { code, stdout, stderr, tookMs } = await workspace.run(line);
  const said = `${stderr}${stdout}`;
  if (code !== exit || says.some((each) => said.search(each) === -1))
    throw new Error(`culvert ${line.slice(0, 100)} ended with ${code}: ${said}`);
  return Math.max(0, tookMs - usual.tookMs);
}

/** Visits, and gives how long it took until the portal reset the visitor's socket, in milliseconds. */
export async function untilTurnedAway(port: number): Promise<number> {
  const startedAt = performance.now();
  const end = await within("the visitor's socket is closed", endOf(startSocket(port)));
  if (end !== "reset") throw new Error(`The visitor's socket ${end}, as if the target had answered`);
  return performance.now() - startedAt;
}

/** From a moment to the first request through the chain that is served, in milliseconds. */
export async function servedAfter({ probe }: Chain, since: number = performance.now()): Promise<number> {
  return performance.now() - since + (await firstServed(probe));
}
