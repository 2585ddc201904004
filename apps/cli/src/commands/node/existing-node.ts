import { CliError } from "../../cli-error.js";
import type { CommandContext } from "../../framework/context.js";

/**
 * The name of a node that is there: the one named, else the default.
 *
 * @throws CliError NODE_NOT_FOUND, USAGE_INVALID
 */
export async function existingNode(context: CommandContext, name: string | undefined): Promise<string> {
  const found = await context.nodeIfAny(name);
  if (found !== undefined) return found;
  throw new CliError("NODE_NOT_FOUND", "Cannot find a node: there are no nodes", {
    hint: "Create one with `culvert node create`",
  });
}
