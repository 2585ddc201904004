import type { Command } from "../../framework/command.js";
import type { LazyRegistry } from "../../registry/registry.js";

export function createCommand(registry: LazyRegistry): Command {
  return {
    description: "What nodes have by it is kept, and works again when the transport is added again.",
    arguments: [
      { syntax: "<name...>", description: "The transports, or the packages or paths they were added by" },
    ],
    examples: ["transport remove x"],
    async run(_context, input) {
      const names = [...new Set(input.argumentList("name"))];
      const { home } = await registry();
      for (const name of names) await home.remove(name);
      const json = names.map((name) => ({ name }));
      const plain = names.map((name) => `Removed transport ${name}`).join("\n");
      return { plain, machine: names.join("\n"), json: json.length === 1 ? json[0] : json };
    },
  };
}
