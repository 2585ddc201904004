import type { Command } from "../framework/command.js";
import type { LazyRegistry } from "../registry/registry.js";

export async function createCommand(lazy: LazyRegistry): Promise<Command> {
  const registry = await lazy();
  return {
    description:
      "Prints a file that describes nodes with all that was made on them: `culvert apply` of it changes nothing here, and makes the same elsewhere. Secrets are not in it, nor are keys of identities.",
    arguments: [{ syntax: "[name...]", description: "The nodes; all when left out", completes: "node" }],
    examples: ["export > culvert.yaml", "export n1 n2"],
    async run(context, input) {
      const { exportConfiguration } = await import("../configuration/export-configuration.js");
      const { readStanding } = await import("../configuration/standing.js");
      const names = input.argumentList("name");
      for (const name of names) context.nodes.check(name);
      const kinds = await registry.resources();
      const standing = await readStanding(context, kinds, names.length === 0 ? undefined : new Set(names));
      const { text, content } = exportConfiguration(standing, kinds, registry.transports);
      return { plain: text, machine: text, json: content };
    },
  };
}
