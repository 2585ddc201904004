import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { commandTimeoutMs } from "./limits.js";

/** What a command left behind. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** How long it took, in milliseconds. */
  readonly tookMs: number;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** What it reads from standard input. Default: nothing. */
  readonly input?: string;
  readonly cwd?: string;
}

/** Runs a program to its end, without a terminal; kills it when it takes too long. */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<CommandResult> {
  const startedAt = performance.now();
  const child = spawn(file, args, { env: options.env, cwd: options.cwd, stdio: "pipe" });
  const timer = setTimeout(() => child.kill("SIGKILL"), commandTimeoutMs);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  try {
    // Output is complete when the streams end, which is after the exit; background nodes must not hold them open.
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    return { code, stdout, stderr, tookMs: performance.now() - startedAt };
  } finally {
    clearTimeout(timer);
  }
}
