import type { SharedKey } from "@x/core";
import { ChunkPool } from "./chunk-pool.js";
import { FirstHops } from "./first-hops.js";
import { Pages } from "./pages.js";
import { createStreamBudget, type StreamBudget } from "./stream-budget.js";
import { Wakeups } from "./wakeups.js";

/** What all streams of one node share, whoever opened or took them. It closes with its node. */
export class StreamResources {
  /** Memory that streams may hold or promise, unless they were given another budget. */
  readonly budget: StreamBudget = createStreamBudget();
  /** The clock and the one timer. */
  readonly wakeups: Wakeups = new Wakeups();
  /** What streams know of each other at the first hop. */
  readonly hops: FirstHops = new FirstHops();
  /** Memory for large reads. */
  readonly chunks: ChunkPool = new ChunkPool();
  /** Memory for headers and other little things. */
  readonly pages: Pages = new Pages();

  /** Stops the timer. Safe to call twice. */
  close(): void {
    this.wakeups.close();
  }
}

/** By which a node is asked for them: `host.shared(streamResources)`, the same through every host of the node. */
export const streamResources: SharedKey<StreamResources> = {
  name: "streams",
  make: () => new StreamResources(),
};
