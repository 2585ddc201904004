import { residentBytes } from "../harness/processes.js";
import type { RelayedNode } from "../harness/relayed-portal.js";
import { relayedNodes } from "./levels.js";
import { memorySampleMs } from "./limits.js";

/** The most memory each node was seen to hold. */
export interface MemoryWatch {
  /** In bytes. */
  readonly highest: Readonly<Record<RelayedNode, number>>;
  close(): void;
}

/** Looks at the memory of nodes now and then. `pids` may change meanwhile. */
export function watchMemory(pids: Readonly<Record<RelayedNode, number>>): MemoryWatch {
  const highest = { near: 0, relay: 0, far: 0 };
  const timer = setInterval(() => {
    for (const node of relayedNodes) highest[node] = Math.max(highest[node], residentBytes(pids[node]));
  }, memorySampleMs);
  return { highest, close: () => clearInterval(timer) };
}
