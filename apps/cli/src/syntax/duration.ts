import { CliError } from "../cli-error.js";
import { maxDurationMs } from "./limits.js";

const dayMs = 86_400_000;
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: dayMs };
const shape = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/;

/**
 * Reads a duration: `10s`, `500ms`, `2m`, `1h`, `1d`; a bare number is seconds.
 *
 * @param maxMs the longest, in milliseconds. Default 24 days: what timers take
 * @returns milliseconds
 * @throws CliError USAGE_INVALID
 */
export function parseDuration(text: string, what = "duration", maxMs: number = maxDurationMs): number {
  const [, amount, unit = "s"] = shape.exec(text.trim()) ?? [];
  const ms = Math.round(Number(amount) * (unitMs[unit] ?? Number.NaN));
  if (ms <= maxMs) return ms;
  const problem = Number.isNaN(ms)
    ? "it is no duration"
    : `it is longer than ${Math.floor(maxMs / dayMs)} days`;
  throw new CliError("USAGE_INVALID", `Cannot use ${what} ${JSON.stringify(text)}: ${problem}`, {
    hint: "Give a duration such as 10s, 500ms, 2m, 1h or 1d; a bare number is seconds",
  });
}
