import { execa } from "execa";
import { commandTimeoutMs } from "./limits.js";

/** What a command left behind. */
export interface CommandResult {
  /** Nothing when it was killed. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** How long it took, in milliseconds. */
  readonly tookMs: number;
}

/**
 * Runs a program to its end, without a terminal; kills it when it takes too long.
 *
 * @param env all of its environment. Default: ours
 * @throws Error if it cannot be started
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<CommandResult> {
  const result = await execa(file, args, {
    ...{ env, extendEnv: false, stdin: "ignore", reject: false, stripFinalNewline: false },
    ...{ timeout: commandTimeoutMs, killSignal: "SIGKILL" },
  });
  const { exitCode: code, stdout, stderr, durationMs: tookMs, cause, isTerminated } = result;
  if (code === undefined && !isTerminated) throw cause;
  return { code, stdout, stderr, tookMs };
}

/**
 * Runs a program as {@link runCommand} does and gives its standard output without the last line break.
 *
 * @throws Error if the exit code is not 0
 */
export async function succeed(
  file: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<string> {
  const { code, stdout, stderr } = await runCommand(file, args, env);
  if (code === 0) return stdout.replace(/\n$/, "");
  throw new Error(`${[file, ...args].join(" ").slice(0, 300)} ended with ${code}: ${stderr}${stdout}`);
}
