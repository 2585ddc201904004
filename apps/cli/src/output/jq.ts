import { raw } from "jq-wasm";
import { CliError } from "../cli-error.js";

/**
 * Runs a jq filter over a value and returns its outputs, one after the other, as jq prints them.
 *
 * @param indent spaces per level; 0 for one line per output
 * @throws CliError USAGE_INVALID when the filter does not compile or fails
 */
export async function filterJson(value: unknown, query: string, indent: number): Promise<string> {
  const flags = indent === 0 ? ["--compact-output"] : ["--indent", String(indent)];
  const { stdout, stderr, exitCode } = await raw(value as object, query, flags);
  if (exitCode === 0) return stdout;
  const reason =
    (stderr.split("\n")[0] ?? "").replace(/^jq: error:? ?/, "").trim() || `jq ended with ${exitCode}`;
  throw new CliError("USAGE_INVALID", `Cannot filter with --jq ${JSON.stringify(query)}: ${reason}`, {
    hint: "Try the filter with . to see the whole JSON",
  });
}
