import type { ErrorCode } from "@x/core";
import { baseRefusedRetryMs, baseRetryMs, maxRefusedRetryMs, maxRetryMs } from "../limits.js";

// The service heard the request and said no, and will say no again for a while.
const refusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "RELAY_NAME_TAKEN",
  "RELAY_NAME_INVALID",
  "RELAY_SUPERSEDED",
  "RELAY_LIMIT_EXCEEDED",
  "RELAY_CONNECTION_LIMIT_EXCEEDED",
  "RELAY_SOURCE_LIMIT_EXCEEDED",
  "RELAY_REQUEST_INVALID",
  "VERSION_UNSUPPORTED",
  "ROUTE_TOO_LONG",
]);

/**
 * How long to wait before the next attempt, in milliseconds.
 * Full jitter: anywhere between nothing and a bound that doubles with each failure, so that clients who failed together
 * do not come back together. After a refusal the wait is at least half the bound.
 *
 * @param failures failed attempts in a row, 1 or more
 * @param random a number from 0 up to 1
 */
export function retryDelay(code: ErrorCode, failures: number, random: number): number {
  const isRefused = refusals.has(code);
  const base = isRefused ? baseRefusedRetryMs : baseRetryMs;
  const bound = Math.min(isRefused ? maxRefusedRetryMs : maxRetryMs, base * 2 ** Math.min(failures - 1, 16));
  return isRefused ? bound / 2 + (random * bound) / 2 : random * bound;
}
