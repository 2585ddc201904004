import { resolve } from "node:path";
import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import type { LazyRegistry } from "../../registry/registry.js";

/** Names of packages as npm has them. */
const packageName = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

export function createCommand(registry: LazyRegistry): Command {
  return {
    description:
      "Nodes of this home can then listen and connect over it, once they are started anew: its listener and connection commands are there, and its part of routes. A package is looked for in node_modules of the home folder, then among those of culvert itself. What it says of itself is kept in the home; its code is run by nodes alone, so add only what you trust.",
    arguments: [
      {
        syntax: "<package|path>",
        description: "A package, or its folder: ./x. Its package.json holds culvert.transport",
        completes: "file",
      },
    ],
    examples: ["transport add @me/culvert-transport-x", "transport add ./transport-x"],
    async run({ terminal }, input) {
      const given = input.requiredArgument("package|path");
      const isPath = /^\.{0,2}[\\/]|^\.{1,2}$|^[A-Za-z]:/.test(given);
      if (!isPath && !packageName.test(given)) {
        throw new CliError(
          "USAGE_INVALID",
          `Cannot use ${JSON.stringify(given)}: it is no name of a package`,
          {
            hint: "Give a folder as ./folder",
          },
        );
      }
      const { home, transports } = await registry();
      const builtIn = transports.filter(({ source }) => source === undefined);
      const names = builtIn.map(({ manifest }) => manifest.name);
      const source = isPath ? resolve(given) : given;
      const added = await home.add(source, names);
      const made = added.map(({ name }) => name);
      terminal.done(`Added transport ${made.join(", ")}; nodes that run know it when they are started anew`);
      return { machine: made.join("\n"), json: added.map(({ name, title }) => ({ name, title, source })) };
    },
  };
}
