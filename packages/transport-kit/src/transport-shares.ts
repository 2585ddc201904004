import { FairBudget } from "./bounds/fair-budget.js";
import { type PulseSettings, tickMsFor } from "./life/pulse.js";
import { Ticker } from "./life/ticker.js";

/** What all connections of one transport share. */
export interface TransportShares {
  readonly ticker: Ticker;
  /** Memory of frames that are incomplete or wait for their receivers. */
  readonly partial: FairBudget;
  /** Memory of what is to be sent. */
  readonly unsent: FairBudget;
  /** Accepted guests that have not said hello, now. */
  readonly counting: { handshakes: number };
}

/** What decides on the shares of a transport. */
export interface ShareSettings extends PulseSettings {
  readonly maxPartialBytes: number;
  readonly maxUnsentBytes: number;
}

/** The shares of a new transport. */
export function newTransportShares(settings: ShareSettings): TransportShares {
  return {
    ticker: new Ticker(tickMsFor(settings)),
    partial: new FairBudget(settings.maxPartialBytes),
    unsent: new FairBudget(settings.maxUnsentBytes),
    counting: { handshakes: 0 },
  };
}
