import { FairBudget } from "../bounds/fair-budget.js";
import { UnsentBudget } from "../bounds/unsent-budget.js";
import { tickMsFor } from "../life/pulse.js";
import { Ticker } from "../life/ticker.js";
import type { StreamSettings } from "./stream-settings.js";

/** What all connections of one transport share. */
export interface StreamShares {
  readonly ticker: Ticker;
  /** Memory of incomplete frames. */
  readonly partial: FairBudget;
  /** Memory of what is to be sent. */
  readonly unsent: UnsentBudget;
  /** Accepted streams whose peers have not said hello, now. */
  readonly counting: { handshakes: number };
}

/** The shares of a new transport. */
export function newStreamShares(settings: StreamSettings): StreamShares {
  return {
    ticker: new Ticker(tickMsFor(settings)),
    partial: new FairBudget(settings.maxPartialBytes),
    unsent: new UnsentBudget(settings.maxUnsentBytes),
    counting: { handshakes: 0 },
  };
}
