import { CliError } from "../cli-error.js";
import { type LimitSettings, limitFault } from "../runtime/limits/node-limits.js";

/**
 * Reads limits as `name=value`, such as `connections=100`. Of two values of one name the later counts.
 *
 * @throws CliError USAGE_INVALID
 */
export function parseLimits(
  texts: readonly string[],
  transports: Parameters<typeof limitFault>[2],
): LimitSettings {
  const limits: Record<string, number> = {};
  for (const text of texts) {
    const [, name = text, digits = ""] = /^([^=]*)=([0-9][0-9_]*)?$/.exec(text.trim()) ?? [];
    const value = digits === "" ? undefined : Number(digits.replaceAll("_", ""));
    const fault = limitFault(name.split("=")[0] as string, value, transports);
    if (fault !== undefined)
      throw new CliError("USAGE_INVALID", `Cannot use limit ${JSON.stringify(text)}: ${fault}`);
    limits[name] = value as number;
  }
  return limits;
}
