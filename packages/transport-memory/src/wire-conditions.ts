import { type CulvertError, checkMs, optionInvalid, type TransportCapabilities } from "@x/core";

/** How one direction of a connection treats its frames. */
export interface WireConditions {
  /** Time a frame is under way, in milliseconds. Default 0. */
  readonly delayMs: number;
  /** Up to this much more, at random, in milliseconds. Default 0. Frames overtake each other only where the transport is not ordered. */
  readonly jitterMs: number;
  /** Bytes that fit through in a second, 1 or more; frames wait for each other. Default Infinity. */
  readonly bytesPerSecond: number;
  /** Share of frames that never arrive, 0 to 1. Default 0. Needs `reliable: false`. */
  readonly lossRate: number;
  /** Share of frames that arrive twice, 0 to 1. Default 0. Needs `reliable: false`. */
  readonly duplicateRate: number;
  /** Share of frames that `reorderMs` more hold back, 0 to 1. Default 0. Needs `ordered: false`. */
  readonly reorderRate: number;
  /** How long a reordered frame is held back, in milliseconds. Default 5: longer than a burst takes. */
  readonly reorderMs: number;
}

/** A perfect wire. */
export const perfectConditions: WireConditions = {
  delayMs: 0,
  jitterMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  lossRate: 0,
  duplicateRate: 0,
  reorderRate: 0,
  reorderMs: 5,
};

/**
 * Conditions with some changed. What is `undefined` counts as not given.
 *
 * @throws CulvertError OPTION_INVALID for a name that is no condition, and for a number out of its range
 */
export function withConditions(conditions: WireConditions, changes: Partial<WireConditions>): WireConditions {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) checkCondition(name, value);
  return { ...conditions, ...Object.fromEntries(given) };
}

function checkCondition(name: string, value: unknown): void {
  if (!Object.hasOwn(perfectConditions, name))
    throw optionInvalid("condition", name, "there is no such condition");
  if (name.endsWith("Ms")) checkMs(name, value);
  else if (name.endsWith("Rate") && !isBetween(value, 0, 1))
    throw optionInvalid(name, value, "it is not from 0 to 1");
  else if (name === "bytesPerSecond" && !isBetween(value, 1, Number.POSITIVE_INFINITY))
    throw optionInvalid(name, value, "it is less than 1");
}

function isBetween(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}

/**
 * Checks that conditions break no promise of the transport, such as loss where it is reliable.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function checkPromises(
  conditions: WireConditions,
  { reliable, ordered }: TransportCapabilities,
): WireConditions {
  const { lossRate, duplicateRate, reorderRate } = conditions;
  if (reliable && lossRate > 0) throw promised("lossRate", lossRate, "reliable");
  if (reliable && duplicateRate > 0) throw promised("duplicateRate", duplicateRate, "reliable");
  if (ordered && reorderRate > 0) throw promised("reorderRate", reorderRate, "ordered");
  return conditions;
}

function promised(name: string, value: number, promise: string): CulvertError {
  return optionInvalid(name, value, `the transport promises to be ${promise}`);
}
