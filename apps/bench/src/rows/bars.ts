import { peerChains } from "../chains/all-chains.js";
import { type Bar, checkRatio, compareRatio } from "../report/check.js";
import type { Check, Comparison } from "../report/results.js";
import { type Measured, seriesOf } from "./samples.js";

/** The name of our chain in every row. */
export const subject = "culvert";

/** Checks our chain against others. A chain that was not there is left out. */
export function checkAgainst(measured: Measured, bars: Readonly<Record<string, Bar>>): Check[] {
  return Object.entries(bars).flatMap(([name, bar]) => {
    const base = seriesOf(measured, name);
    return base.values.length === 0 ? [] : [checkRatio(seriesOf(measured, subject), base, bar)];
  });
}

/**
 * Sets our chain beside the tunnels in other languages that were there.
 *
 * @param suffix what follows a chain's name in the row's series. Default: nothing
 */
export function compareWithPeers(measured: Measured, goal?: Bar, suffix = ""): Comparison[] {
  const own = seriesOf(measured, `${subject}${suffix}`);
  return peerChains.flatMap(({ name }) => {
    const base = seriesOf(measured, `${name}${suffix}`);
    return base.values.length === 0 ? [] : [compareRatio(own, base, goal)];
  });
}
