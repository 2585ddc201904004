import type { Chain } from "./chain.js";

/** How long the machine takes now for a command that succeeds, in milliseconds: what is above that is the wait for the error. */
export async function usualMs({ workspace, route }: Chain): Promise<number> {
  const to = `${route}/service/echo`;
  return (await workspace.run(["message", "send", "hello", "--from", "near", "--to", to])).tookMs;
}

/**
 * Runs a command that must fail with a code and name something. Gives how much longer than one that succeeds it took, in milliseconds.
 *
 * @throws Error if it succeeds, or says something else
 */
export async function untilRefused(
  chain: Chain,
  line: string,
  expected: { readonly exit: number; readonly says: readonly (string | RegExp)[] },
): Promise<number> {
  const usual = await usualMs(chain);
  const { code, stdout, stderr, tookMs } = await chain.workspace.run(line.split(" "));
  const said = `${stderr}${stdout}`;
  const isExpected = code === expected.exit && expected.says.every((each) => said.search(each) !== -1);
  if (!isExpected) throw new Error(`culvert ${line.slice(0, 100)} ended with ${code}: ${said}`);
  return Math.max(0, tookMs - usual);
}
