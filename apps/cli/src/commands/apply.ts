import { CliError } from "../cli-error.js";
import type { Configuration } from "../configuration/configuration.js";
import type { Command } from "../framework/command.js";
import { yesOption } from "../registry/common-options.js";
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
    description: `Makes nodes what a YAML file says: creates what is missing, starts nodes that are stopped, and changes what differs. It says first what it will do, and a second time there is nothing to do.
What stays carries its streams on, and so does an inlet that leads elsewhere, or an outlet with another target. When anything fails, all that was created is removed again; what was changed stays so.

${await configurationHelp(registry)}`,
    arguments: configurationArguments,
    options: [
      ...configurationOptions,
      { flags: "--dry-run", description: "Say what would be done, and do nothing" },
      {
        flags: "--prune",
        description: "Remove what the nodes of the file have beyond it, their HTTP servers and limits too",
      },
      { flags: "--prune-nodes", description: "Remove nodes that are not in the file, with all they have" },
      blockingOption,
      yesOption,
    ],
    examples: ["apply", "apply ./site.yaml --dry-run", "apply ./site.yaml --prune --yes"],
    async run(context, input) {
      const { reconcile } = await import("./shared/reconcile.js");
      return reconcile(context, registry, {
        async read() {
          const configuration = await readConfigurationFile(context, registry, input);
          checkNamed(configuration);
          return configuration;
        },
        prune: input.flag("prune"),
        pruneNodes: input.flag("prune-nodes"),
        dryRun: input.flag("dry-run"),
        yes: input.flag("yes"),
        tellsPlan: true,
        isBlocking: input.flag("blocking"),
      });
    },
  };
}

/** A node without a name would be another one each time. */
function checkNamed({ node }: Configuration): void {
  if (node === undefined || node.options.name !== undefined) return;
  throw new CliError("CONFIGURATION_INVALID", `${node.where}: a node that is applied needs a name`);
}
