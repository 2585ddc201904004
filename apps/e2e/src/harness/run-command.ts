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

/** How a command is run. */
export interface RunOptions {
  /** All of its environment. Default: ours. */
  readonly env?: NodeJS.ProcessEnv;
  /** What it reads from standard input. Default: nothing. */
  readonly input?: string;
}

/**
 * Runs a program to its end, without a terminal; kills it when it takes too long.
 *
 * @throws Error if it cannot be started
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  { env, input = "" }: RunOptions = {},
): Promise<CommandResult> {
  const result = await execa(file, args, {
    ...(env === undefined ? {} : { env, extendEnv: false }),
    input,
    reject: false,
    stripFinalNewline: false,
    timeout: commandTimeoutMs,
    killSignal: "SIGKILL",
  });
  const { exitCode: code, stdout, stderr, durationMs: tookMs, cause } = result;
  if (code === undefined && cause instanceof Error && !result.isTerminated) throw cause;
  return { code, stdout, stderr, tookMs };
}
