import type { Command } from "../../framework/command.js";
import type { LazyRegistry } from "../../registry/registry.js";

export function createCommand(registry: LazyRegistry): Command {
  return {
    description: "What nodes have by it is kept, and works again when the transport is added again.",
    arguments: [{ syntax: "<name>", description: "The transport, or the package or path it was added by" }],
    examples: ["transport remove x"],
    async run(_context, input) {
      const name = input.requiredArgument("name");
      await (await registry()).home.remove(name);
      return { plain: `Removed transport ${name}`, machine: name, json: { name } };
    },
  };
}
