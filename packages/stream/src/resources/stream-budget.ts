import { checkCount } from "@x/core";
import { defaultBudgetBytes } from "../limits.js";

/**
 * Memory that streams may hold or promise to take, shared by all that were given it.
 * Bound: `totalBytes` plus 16 KiB for each stream and direction, the least a stream gets.
 */
export interface StreamBudget {
  /** The limit, in bytes. */
  readonly totalBytes: number;
  /** What is held and promised now, in bytes. */
  readonly usedBytes: number;
  /** Takes bytes, whether or not they are left. */
  take(bytes: number): void;
  /** Gives bytes back. */
  release(bytes: number): void;
}

/**
 * Makes a budget. Default 256 MiB: 16 streams with the largest window, or a thousand with the first one.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function createStreamBudget(totalBytes: number = defaultBudgetBytes): StreamBudget {
  checkCount("budget", totalBytes);
  let usedBytes = 0;
  return {
    totalBytes,
    get usedBytes() {
      return usedBytes;
    },
    take: (bytes) => {
      usedBytes += bytes;
    },
    release: (bytes) => {
      usedBytes -= bytes;
    },
  };
}
