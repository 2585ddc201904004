import { dirname } from "node:path";
import { CliError } from "../cli-error.js";
import { makePrivateFolder } from "./home.js";
import { stateFailed } from "./json-file.js";
import { lockRetryMs, lockTimeoutMs, staleLockMs } from "./limits.js";
import { systemErrorCode } from "./system-error.js";

/**
 * Runs `work` while no other process holds the lock, which is a folder at `path` for as long as it is held.
 * A lock whose holder was killed is taken over.
 *
 * @throws CliError STATE_FAILED when the lock stays taken; and what `work` throws
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  makePrivateFolder(dirname(path));
  const { default: lockfile } = await import("proper-lockfile");
  const retries = { retries: Math.ceil(lockTimeoutMs / lockRetryMs), factor: 1, minTimeout: lockRetryMs };
  const release = await lockfile
    .lock(path, { lockfilePath: path, realpath: false, stale: staleLockMs, retries, onCompromised: () => {} })
    .catch((error: unknown) => {
      throw lockError(path, error);
    });
  try {
    return await work();
  } finally {
    await release().catch(() => {});
  }
}

function lockError(path: string, error: unknown): CliError {
  if (systemErrorCode(error) !== "ELOCKED") return stateFailed("lock", path, error);
  return new CliError(
    "STATE_FAILED",
    `Cannot lock ${path}: another command has held it for ${lockTimeoutMs} ms`,
    {
      hint: "Wait for the other command to end, then try again",
    },
  );
}
