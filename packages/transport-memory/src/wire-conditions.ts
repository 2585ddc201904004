import type { TransportCapabilities } from "@x/core";

/** How one direction of a connection treats its frames. */
export interface WireConditions {
  /** Time a frame is under way, in milliseconds. Default 0. */
  readonly delayMs: number;
  /** Up to this much more, at random, in milliseconds. Default 0. Frames overtake each other only where the transport is not ordered. */
  readonly jitterMs: number;
  /** Bytes that fit through in a second; frames wait for each other. Default Infinity. */
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
 * Checks conditions against what the transport promises.
 *
 * @throws RangeError if a number is out of its range
 * @throws TypeError if the conditions would break a promise, such as loss on a reliable transport
 */
export function checkConditions(
  conditions: WireConditions,
  capabilities: TransportCapabilities,
): WireConditions {
  const { lossRate, duplicateRate, reorderRate } = conditions;
  for (const [name, value] of Object.entries({ lossRate, duplicateRate, reorderRate })) {
    if (!(value >= 0 && value <= 1))
      throw new RangeError(`Cannot use ${name} ${value}: it is not from 0 to 1`);
  }
  const { delayMs, jitterMs, reorderMs } = conditions;
  for (const [name, value] of Object.entries({ delayMs, jitterMs, reorderMs })) {
    if (!(value >= 0 && Number.isFinite(value))) {
      throw new RangeError(`Cannot use ${name} ${value}: it is no time in milliseconds`);
    }
  }
  if (!(conditions.bytesPerSecond > 0)) {
    throw new RangeError(`Cannot use bytesPerSecond ${conditions.bytesPerSecond}: nothing would arrive`);
  }
  if (capabilities.reliable && (lossRate > 0 || duplicateRate > 0)) {
    throw new TypeError("Cannot lose or duplicate frames: the transport promises to be reliable");
  }
  if (capabilities.ordered && reorderRate > 0) {
    throw new TypeError("Cannot reorder frames: the transport promises to be ordered");
  }
  return conditions;
}
