import type { Configuration } from "../configuration/configuration.js";
import type { Command } from "../framework/command.js";
import type { LazyRegistry } from "../registry/registry.js";
import {
  blockingOption,
  configurationArguments,
  configurationHelp,
  configurationOptions,
  readConfigurationFile,
} from "./shared/configuration-file.js";

export async function createCommand(lazy: LazyRegistry): Promise<Command> {
  const registry = await lazy();
  return {
    description: `Creates the nodes and everything on them that a YAML file describes: \`culvert apply\` without a removal. When anything fails, all that was created is removed again.

${await configurationHelp(registry)}`,
    arguments: configurationArguments,
    options: [...configurationOptions, blockingOption],
    examples: ["run", "run ./site.yaml --variable PORT=9000", "run --inline 'nodes: [n1, n2]'"],
    async run(context, input) {
      const { reconcile } = await import("./shared/reconcile.js");
      const read = (): Promise<Configuration> => readConfigurationFile(context, registry, input);
      return reconcile(context, registry, { read, isBlocking: input.flag("blocking") });
    },
  };
}
