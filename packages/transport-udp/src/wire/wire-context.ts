import { FairBudget, Ticker, tickMsFor } from "@x/transport-kit";
import { type Counting, newCounters } from "../counters.js";
import { maxSharedPartialBytes } from "../limits.js";
import type { UdpSettings } from "../settings.js";

/** What all connections of one transport share. */
export interface WireContext {
  readonly settings: UdpSettings;
  readonly ticker: Ticker;
  readonly counters: Counting;
  /** Memory of frames that are incomplete or wait for their receivers. */
  readonly partial: FairBudget;
  /** Memory of what is to be sent. */
  readonly unsent: FairBudget;
}

/** The context of a new transport. */
export function newContext(settings: UdpSettings): WireContext {
  return {
    settings,
    ticker: new Ticker(tickMsFor(settings)),
    counters: newCounters(),
    partial: new FairBudget(maxSharedPartialBytes),
    unsent: new FairBudget(settings.maxUnsentBytes),
  };
}
