import { CulvertError } from "./error.js";

/** The longest time platforms can wait for, in milliseconds: 2^31 - 1, some 24 days. A longer timer would fire at once. */
export const maxTimerMs = 2_147_483_647;

/** What a number may be. */
export interface NumberRange {
  /** Default 0. */
  readonly min?: number;
  /** Default 2^53 - 1. */
  readonly max?: number;
}

/**
 * Checks a count, a size in bytes or another whole number from options, and returns it.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function checkCount(name: string, value: unknown, range: NumberRange = {}): number {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = range;
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw optionInvalid(name, value, `it has to be a whole number from ${min} to ${max}`);
}

/**
 * Checks a time from options, in milliseconds, and returns it. Fractions of a millisecond are fine.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function checkMs(name: string, value: unknown, range: NumberRange = {}): number {
  const { min = 0, max = maxTimerMs } = range;
  if (typeof value === "number" && value >= min && value <= max) return value;
  throw optionInvalid(name, value, `it has to be a time from ${min} to ${max} ms`);
}

/**
 * Limits with what is given in place of their defaults. A name that ends in `Ms` is a time, every other one a whole number.
 * What is `undefined` counts as not given, so that it never removes a bound.
 *
 * @param what whose limits they are, for the error: `node`
 * @throws CulvertError OPTION_INVALID for a name that is no limit, and for a value that is no number of its kind
 */
export function checkLimits<Limits extends object>(
  what: string,
  defaults: Limits,
  given: Partial<Limits> = {},
): Limits {
  if (typeof given !== "object" || given === null)
    throw optionInvalid(`${what} limits`, given, "they have to be an object");
  const limits = { ...defaults } as Record<string, unknown>;
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name)) {
      throw optionInvalid(
        `${what} limits`,
        name,
        `there is no such limit (there are: ${Object.keys(defaults).join(", ")})`,
      );
    }
    if (value === undefined) continue;
    limits[name] = name.endsWith("Ms") ? checkMs(name, value) : checkCount(name, value);
  }
  return limits as Limits;
}

/** The error for an option that cannot be used. */
export function optionInvalid(name: string, value: unknown, why: string): CulvertError {
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 64)) : String(value);
  return new CulvertError("OPTION_INVALID", `Cannot use ${name} ${shown}: ${why}`);
}
