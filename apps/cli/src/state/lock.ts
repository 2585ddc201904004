import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
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
  const take = (): Promise<() => Promise<void>> =>
    lockfile.lock(path, { lockfilePath: path, realpath: false, stale: staleLockMs, onCompromised: () => {} });
  const release = await whenFree(path, take);
  try {
    return await work();
  } finally {
    await release().catch(() => {});
  }
}

/** Waits while somebody else has the lock, and for nothing else: what cannot be made now cannot be made in a moment either. */
async function whenFree<T>(path: string, take: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + lockTimeoutMs;
  for (;;) {
    try {
      return await take();
    } catch (error) {
      if (systemErrorCode(error) !== "ELOCKED" || performance.now() > deadline) throw lockError(path, error);
      await sleep(lockRetryMs);
    }
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
