import { raw } from "jq-wasm";
import { CliError } from "../cli-error.js";

/**
 * Runs a jq filter over a value, whatever kind of value it is, and returns its outputs.
 *
 * @throws CliError USAGE_INVALID when the filter does not compile or fails
 */
export async function filterJson(value: unknown, query: string): Promise<readonly unknown[]> {
  // As text: a string given as it is would be taken for JSON.
  const { stdout, stderr, exitCode } = await raw(JSON.stringify(value), query, ["--compact-output"]);
  if (exitCode === 0) return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
  const reason =
    (stderr.split("\n")[0] ?? "").replace(/^jq: error:? ?/, "").trim() || `jq ended with ${exitCode}`;
  throw new CliError("USAGE_INVALID", `Cannot filter with --jq ${JSON.stringify(query)}: ${reason}`, {
    hint: "Try the filter with . to see the whole JSON",
  });
}
