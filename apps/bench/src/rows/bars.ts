import { type Bar, checkRatio } from "../report/check.js";
import type { Check } from "../report/results.js";
import { type Measured, seriesOf } from "./measure.js";

/** The name of our chain in every row. */
export const subject = "culvert";

/** Checks our chain against others. A chain that was not there is left out. */
export function checkAgainst(measured: Measured, bars: Readonly<Record<string, Bar>>): Check[] {
  return Object.entries(bars).flatMap(([name, bar]) => {
    const base = seriesOf(measured, name);
    return base.values.length === 0 ? [] : [checkRatio(seriesOf(measured, subject), base, bar)];
  });
}
