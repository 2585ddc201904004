import { CliError } from "../../cli-error.js";
import type { Configuration } from "../../configuration/configuration.js";
import type { Command, OptionDefinition } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";
import { nodeOptions } from "../../node-process/node-options.js";
import { optionKey } from "../../registry/option.js";
import type { Registry } from "../../registry/registry.js";
import { keysOf } from "../../registry/resource.js";
import { loadConfiguration, variableOption } from "./configuration-options.js";

/** The configuration that is read when none is named. */
const defaultFile = "culvert.yaml";

/** What stands in a configuration, for the help. */
export async function configurationHelp(registry: Registry): Promise<string> {
  const nodeKeys = [...nodeOptions(registry.transports).map(optionKey), "limits"];
  const keys = (await registry.resources()).map(keysOf);
  return `Keys: version (1), variables, nodes, and for one node at the top or for each of nodes: ${[...nodeKeys, ...keys.map(inShort)].join(", ")}.
Each takes a name, a list, a map of names and arguments, or arguments. Arguments are the options of the command that creates the thing. What names no node is on the node it is written below, else on the default node.
$NAME and \${NAME} stand for variables: those of --variable, of the file, of the environment, in this order; $$ stands for $. A file from a URL gets none of the environment.

  variables: { PORT: 9000 }
  nodes:
    n2: { tcp-listener-address: 127.0.0.1:7000 }
    n3:
      relay: { name: n3, at: /node/n2 }
      tcp-outlet: { to: $PORT }
    n1:
      tcp-inlets:
        web: { from: 127.0.0.1:6000, to: outlet, via: n3 }`;
}

/** `relay` and `relays` are `relay(s)`. */
function inShort([key = "", several]: readonly string[]): string {
  return several === undefined ? key : `${key}(s)`;
}

/** What names a configuration on the command line. */
export const configurationArguments: NonNullable<Command["arguments"]> = [
  {
    syntax: "[file]",
    description: `The file, or an http or https URL; ${defaultFile} when left out`,
    completes: "file",
  },
];

/** The same by options. */
export const configurationOptions: readonly OptionDefinition[] = [
  {
    flags: "--inline <yaml>",
    description: "The configuration itself, in place of a file; that file when left out",
  },
  variableOption,
];

/** Stays until it is interrupted. */
export const blockingOption: OptionDefinition = {
  flags: "--blocking",
  description:
    "Stay until interrupted, then stop the nodes that were created or started, which end with the command however it ends; or until they have all ended. A SIGHUP has it read the file and apply it again",
};

/** Reads the configuration that a command is given. @throws CliError USAGE_INVALID, CONFIGURATION_INVALID */
export function readConfigurationFile(
  context: CommandContext,
  registry: Registry,
  input: CommandInput,
): Promise<Configuration> {
  const file = input.argument("file");
  const text = input.text("inline");
  if (file !== undefined && text !== undefined) {
    throw new CliError("USAGE_INVALID", "Cannot use both a file and --inline", {
      hint: "Give one of the two",
    });
  }
  const where = text === undefined ? (file ?? defaultFile) : { text, source: "--inline" };
  return loadConfiguration(context, registry, { input, where, hasNode: false });
}
