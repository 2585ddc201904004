import { UnsentBudget } from "../bounds/unsent-budget.js";
import { tickMsFor } from "../life/pulse.js";
import { Ticker } from "../life/ticker.js";
import type { MessageSettings } from "./message-settings.js";

/** What all connections of one transport share. */
export interface MessageShares {
  readonly ticker: Ticker;
  /** Memory of what is to be sent. */
  readonly unsent: UnsentBudget;
  /** Accepted wires whose peers have not said hello, now. */
  readonly counting: { handshakes: number };
}

/** The shares of a new transport. */
export function newMessageShares(settings: MessageSettings): MessageShares {
  return {
    ticker: new Ticker(tickMsFor(settings)),
    unsent: new UnsentBudget(settings.maxUnsentBytes),
    counting: { handshakes: 0 },
  };
}
