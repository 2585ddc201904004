import { CliError } from "../cli-error.js";
import { maxDurationMs } from "./limits.js";

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const shape = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/;

/**
 * Reads a duration: `10s`, `500ms`, `2m`, `1h`; a bare number is seconds.
 *
 * @returns milliseconds
 * @throws CliError USAGE_INVALID
 */
export function parseDuration(text: string, what = "duration"): number {
  const [, amount, unit = "s"] = shape.exec(text.trim()) ?? [];
  const ms = Math.round(Number(amount) * (unitMs[unit] ?? Number.NaN));
  if (ms <= maxDurationMs) return ms;
  const problem = Number.isNaN(ms) ? "it is no duration" : "it is longer than 24 days";
  throw new CliError("USAGE_INVALID", `Cannot use ${what} ${JSON.stringify(text)}: ${problem}`, {
    hint: "Give a duration such as 10s, 500ms, 2m or 1h; a bare number is seconds",
  });
}
