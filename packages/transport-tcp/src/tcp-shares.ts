import type { TcpCounting } from "./counters.js";
import type { FairBudget } from "./fair-budget.js";
import type { Ticker } from "./ticker.js";

/** What the connections and listeners of one transport share. */
export interface TcpShares {
  readonly ticker: Ticker;
  readonly counting: TcpCounting;
  /** Memory of incomplete frames. */
  readonly partial: FairBudget;
}
