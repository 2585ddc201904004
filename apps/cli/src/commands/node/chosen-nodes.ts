import { CliError } from "../../cli-error.js";
import type { ArgumentDefinition, OptionDefinition } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";
import { readSettings } from "../../state/node-files.js";
import { existingNode } from "./existing-node.js";

/** The nodes that a command is about. */
export const nodesArgument: ArgumentDefinition = {
  syntax: "[name...]",
  description: "The nodes; the default node when left out",
  completes: "node",
};

/** All nodes in place of some. */
export const allOption: OptionDefinition = { flags: "-a, --all", description: "All nodes" };

/**
 * The nodes that a command is about: those named, all of them, else the default one.
 *
 * @throws CliError NODE_NOT_FOUND, USAGE_INVALID
 */
export async function chosenNodes(context: CommandContext, input: CommandInput): Promise<readonly string[]> {
  const given = input.argumentList("name");
  if (!input.flag("all")) {
    if (given.length === 0) return [await existingNode(context, undefined)];
    const names = [...new Set(given)];
    return Promise.all(names.map((name) => existingNode(context, name)));
  }
  if (given.length > 0) {
    throw new CliError("USAGE_INVALID", "Cannot use both names and --all", { hint: "Give one of the two" });
  }
  return context.nodes.names();
}

/** All nodes but those whose time is over. */
export function lastingNodes({ nodes }: CommandContext): readonly string[] {
  return nodes.names().filter((name) => {
    const endsAtMs = settingsOf(nodes.paths(name))?.endsAtMs ?? Number.POSITIVE_INFINITY;
    return Date.now() < endsAtMs;
  });
}

/** Settings that cannot be read are told of by the start of their node. */
function settingsOf(paths: Parameters<typeof readSettings>[0]): ReturnType<typeof readSettings> {
  try {
    return readSettings(paths);
  } catch {
    return undefined;
  }
}
