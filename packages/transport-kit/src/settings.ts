import { checkCount, checkLimits, checkMs } from "@x/core";
import { maxTimeMs } from "./limits.js";

/** Smallest and largest value of limits; what is not named may be 1 to 2^53 - 1, and a time up to one day. */
export type Ranges<Limits> = { readonly [Name in keyof Limits]?: readonly [min: number, max: number] };

/**
 * Limits with what is given in place of their defaults, each within its range. A name that ends in `Ms` is a time in
 * milliseconds, every other one a whole number. What is `undefined` counts as not given.
 *
 * @param what whose limits they are, for the error: `tcp()`
 * @throws CulvertError OPTION_INVALID
 */
export function resolveLimits<Limits extends object>(
  what: string,
  defaults: Limits,
  given: Partial<Limits>,
  ranges: Ranges<Limits> = {},
): Limits {
  const limits = checkLimits(what, defaults, given);
  for (const [name, value] of Object.entries(limits)) {
    const isTime = name.endsWith("Ms");
    const [min, max] = ranges[name as keyof Limits] ?? [1, isTime ? maxTimeMs : Number.MAX_SAFE_INTEGER];
    (isTime ? checkMs : checkCount)(name, value, { min, max });
  }
  return limits;
}
