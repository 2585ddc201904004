import { CliError } from "../../cli-error.js";
import type { OptionDefinition } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import { atOption } from "../../registry/common-options.js";
import { readSettings } from "../../state/node-files.js";

/** The authority that a command is about. */
export const authorityOption: OptionDefinition = {
  ...atOption,
  description: "The authority's node; the only one of this home when left out",
};

/**
 * The node of the authority that is named, else the only one of this home; of several, the user chooses on a terminal.
 *
 * @throws CliError NODE_NOT_FOUND, RESOURCE_NOT_FOUND when there is none, USAGE_INVALID when nobody can be asked
 */
export async function authorityNode(context: CommandContext, given: string | undefined): Promise<string> {
  if (given !== undefined) return context.node(given);
  const { nodes, terminal } = context;
  const authorities = nodes.names().filter((name) => {
    const settings = readSettings(nodes.paths(name));
    // Each share is an authority of its own, which is nobody else's matter.
    return settings?.issuing !== undefined && settings.purpose === undefined;
  });
  if (authorities.length === 0) {
    throw new CliError(
      "RESOURCE_NOT_FOUND",
      "Cannot find an authority: not found among the nodes of this home",
      {
        hint: "Create one with `culvert authority create`",
      },
    );
  }
  const [only] = authorities;
  const chosen = authorities.length === 1 ? only : await terminal.choose("Which authority?", authorities);
  if (chosen !== undefined) return chosen;
  throw new CliError("USAGE_INVALID", `Cannot choose an authority: there are ${authorities.join(", ")}`, {
    hint: "Give --at",
  });
}
