import type { Configuration } from "../../configuration/configuration.js";
import type { ConfigurationText } from "../../configuration/configuration-source.js";
import type { OptionDefinition } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";

/** Gives values to the variables of a configuration. */
export const variableOption: OptionDefinition = {
  flags: "--variable <name=value>",
  description:
    "Value of a variable of the configuration, which wins over its own and the environment's; repeat it",
  repeatable: true,
};

/**
 * Reads a configuration with the variables that the user gave.
 *
 * @param hasNode whether its top level describes a node, whatever it says
 * @throws CliError CONFIGURATION_INVALID, USAGE_INVALID
 */
export async function loadConfiguration(
  context: CommandContext,
  input: CommandInput,
  { where, hasNode }: { readonly where: string | ConfigurationText; readonly hasNode: boolean },
): Promise<Configuration> {
  const { readConfiguration } = await import("../../configuration/configuration.js");
  const { readConfigurationText } = await import("../../configuration/configuration-source.js");
  const { parseVariables } = await import("../../configuration/variables.js");
  const given = parseVariables(input.texts("variable"));
  const text = typeof where === "string" ? await readConfigurationText(where, context.signal) : where;
  const variables = { given, environment: (name: string) => process.env[name] };
  return readConfiguration(text, { variables, hasNode });
}
