import { CliError } from "../cli-error.js";
import { maxDurationMs } from "./limits.js";

const dayMs = 86_400_000;
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: dayMs };
const shape = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/;

/** A time as {@link parseDuration} reads it, in the largest unit of which it is a whole number: `5m`, `2500ms`. */
export function formatDuration(ms: number): string {
  for (const unit of ["d", "h", "m", "s"] as const) {
    if (ms > 0 && ms % (unitMs[unit] ?? 1) === 0) return `${ms / (unitMs[unit] ?? 1)}${unit}`;
  }
  return `${ms}ms`;
}

/**
 * Reads a duration: `10s`, `500ms`, `2m`, `1h`, `1d`; a bare number is seconds.
 *
 * @param range the shortest that is of use, in milliseconds, default 1: what waits no time at all never succeeds; and the longest,
 * default 24 days: what timers take
 * @returns milliseconds
 * @throws CliError USAGE_INVALID
 */
export function parseDuration(
  text: string,
  what = "duration",
  { leastMs = 1, mostMs = maxDurationMs }: { readonly leastMs?: number; readonly mostMs?: number } = {},
): number {
  const [, amount, unit = "s"] = shape.exec(text.trim()) ?? [];
  const ms = Math.round(Number(amount) * (unitMs[unit] ?? Number.NaN));
  if (ms >= leastMs && ms <= mostMs) return ms;
  const problem = Number.isNaN(ms)
    ? "it is no duration"
    : ms < leastMs
      ? "it is no time at all"
      : `it is longer than ${Math.floor(mostMs / dayMs)} days`;
  throw new CliError("USAGE_INVALID", `Cannot use ${what} ${JSON.stringify(text)}: ${problem}`, {
    hint: "Give a duration such as 10s, 500ms, 2m, 1h or 1d; a bare number is seconds",
  });
}
