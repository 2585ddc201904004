import { type Counting, newCounters } from "./counters.js";
import { maxTickMs } from "./limits.js";
import { PartialBudget } from "./reassembly.js";
import type { UdpSettings } from "./settings.js";
import { Ticker } from "./ticker.js";

/** What all connections of one transport share. */
export interface WireContext {
  readonly settings: UdpSettings;
  readonly ticker: Ticker;
  readonly counters: Counting;
  readonly budget: PartialBudget;
}

/** The context of a new transport. */
export function newContext(settings: UdpSettings): WireContext {
  const tickMs = Math.floor(Math.min(settings.pingIntervalMs / 4, settings.deadPeerMs / 12, maxTickMs));
  return { settings, ticker: new Ticker(tickMs), counters: newCounters(), budget: new PartialBudget() };
}
