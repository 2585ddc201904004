import type { Configuration } from "../../configuration/configuration.js";
import type { ConfigurationText } from "../../configuration/configuration-source.js";
import type { OptionDefinition } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";
import type { Registry } from "../../registry/registry.js";

/** Gives values to the variables of a configuration. */
export const variableOption: OptionDefinition = {
  flags: "--variable <name=value>",
  description:
    "Value of a variable of the configuration, which wins over its own and the environment's; one from a URL gets none of the environment; repeat it",
  repeatable: true,
};

/** A configuration that the user gave. */
export interface ConfigurationInput {
  readonly input: CommandInput;
  /** A file or URL, or the text itself. */
  readonly where: string | ConfigurationText;
  /** Whether its top level describes a node, whatever it says. */
  readonly hasNode: boolean;
}

/**
 * Reads a configuration with the variables that the user gave.
 *
 * @throws CliError CONFIGURATION_INVALID, USAGE_INVALID
 */
export async function loadConfiguration(
  context: CommandContext,
  registry: Registry,
  { input, where, hasNode }: ConfigurationInput,
): Promise<Configuration> {
  const { readConfiguration } = await import("../../configuration/configuration.js");
  const { readConfigurationText } = await import("../../configuration/configuration-source.js");
  const { parseVariables } = await import("../../configuration/variables.js");
  const given = parseVariables(input.texts("variable"));
  const text = typeof where === "string" ? await readConfigurationText(where, context.signal) : where;
  const variables = { given, environment: (name: string) => process.env[name] };
  const { transports, addresses } = registry;
  return readConfiguration(text, {
    variables,
    hasNode,
    kinds: await registry.resources(),
    transports,
    addresses,
  });
}
