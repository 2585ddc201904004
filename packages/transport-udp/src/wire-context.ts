import { type Counting, newCounters } from "./counters.js";
import { FairBudget } from "./fair-budget.js";
import { maxSharedPartialBytes, maxTickMs } from "./limits.js";
import type { UdpSettings } from "./settings.js";
import { Ticker } from "./ticker.js";

/** What all connections of one transport share. */
export interface WireContext {
  readonly settings: UdpSettings;
  readonly ticker: Ticker;
  readonly counters: Counting;
  /** Bytes in incomplete frames. */
  readonly budget: FairBudget;
}

/** The context of a new transport. */
export function newContext(settings: UdpSettings): WireContext {
  const tickMs = Math.floor(Math.min(settings.pingIntervalMs / 4, settings.deadPeerMs / 12, maxTickMs));
  return {
    settings,
    ticker: new Ticker(tickMs),
    counters: newCounters(),
    budget: new FairBudget(maxSharedPartialBytes),
  };
}
