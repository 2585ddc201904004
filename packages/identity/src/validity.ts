import { joinBytes, maxTimeMs, readTime, timeBytes, writeTime } from "./keys/bytes.js";
import { maxClockAheadMs } from "./limits.js";

/** From when until when something signed holds, in milliseconds since 1970. */
export interface Validity {
  /** The first moment. */
  readonly notBeforeMs: number;
  /** The moment from which on it holds no more. */
  readonly expiresAtMs: number;
}

/** Two times of 48 bits each. Times that 48 bits cannot hold are brought into them. */
export function writeValidity({ notBeforeMs, expiresAtMs }: Validity): Uint8Array {
  const clamp = (timeMs: number): Uint8Array => writeTime(Math.min(Math.max(timeMs, 0), maxTimeMs));
  return joinBytes(clamp(notBeforeMs), clamp(expiresAtMs));
}

/** Reads them, and cuts a life that is longer than `maxMs`. */
export function readValidity(bytes: Uint8Array, offset: number, maxMs: number): Validity {
  const notBeforeMs = readTime(bytes, offset);
  const expiresAtMs = readTime(bytes, offset + timeBytes);
  return { notBeforeMs, expiresAtMs: Math.min(expiresAtMs, notBeforeMs + maxMs) };
}

/**
 * Says what is wrong now; nothing when it holds.
 * The beginning has the leniency of a clock that is a little ahead, the end has none.
 */
export function checkValidity({ notBeforeMs, expiresAtMs }: Validity, nowMs: number): string | undefined {
  // Written so that a time that is no number never counts as valid.
  if (!(nowMs < expiresAtMs)) return "has expired";
  if (!(notBeforeMs <= nowMs + maxClockAheadMs)) return "is not valid yet";
  return undefined;
}
