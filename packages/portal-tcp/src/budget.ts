import type { WorkerHost } from "@x/core";
import { defaultBudgetBytes } from "./limits.js";

/**
 * Memory that streams may hold or promise to take, shared by all inlets and outlets that were given it.
 * Bound: `totalBytes` plus 16 KiB for each stream and direction, the least a stream gets.
 */
export interface PortalBudget {
  /** The limit, in bytes. */
  readonly totalBytes: number;
  /** What is held and promised now, in bytes. */
  readonly usedBytes: number;
  /** Takes bytes, whether or not they are left. */
  take(bytes: number): void;
  /** Gives bytes back. */
  release(bytes: number): void;
}

/** Makes a budget. Default 256 MiB: 16 streams with the largest window, or a thousand with the first one. */
export function createPortalBudget(totalBytes: number = defaultBudgetBytes): PortalBudget {
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

const budgets = new WeakMap<WorkerHost, PortalBudget>();

/** The budget that all portals of a node share by default. */
export function budgetOf(host: WorkerHost): PortalBudget {
  const known = budgets.get(host);
  if (known !== undefined) return known;
  const budget = createPortalBudget();
  budgets.set(host, budget);
  return budget;
}
