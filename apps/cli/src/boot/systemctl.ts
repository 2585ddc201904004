import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { CliError } from "../cli-error.js";

const run = promisify(execFile);

/** Longest wait for systemd, in milliseconds. 330,000: as long as it waits for nodes to start, and some. */
const systemctlTimeoutMs = 330_000;

/** Whether systemd runs this machine (sd_booted(3)). */
export function isBooted(): boolean {
  return existsSync("/run/systemd/system");
}

/** @throws CliError STATE_FAILED */
export async function systemctl(isSystem: boolean, ...words: readonly string[]): Promise<void> {
  const line = [...(isSystem ? [] : ["--user"]), ...words];
  try {
    await run("systemctl", line, { timeout: systemctlTimeoutMs });
  } catch (cause) {
    const stderr = (cause as { stderr?: string }).stderr?.trim();
    const reason = stderr || (cause instanceof Error ? cause.message : String(cause));
    throw new CliError("STATE_FAILED", `Cannot run systemctl ${line.join(" ")}: ${reason}`, { cause });
  }
}
