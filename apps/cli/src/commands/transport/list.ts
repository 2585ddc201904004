import type { Command } from "../../framework/command.js";
import { listResult } from "../../output/blocks.js";
import type { LazyRegistry } from "../../registry/registry.js";

export function createCommand(registry: LazyRegistry): Command {
  return {
    examples: ["transport list"],
    async run() {
      const all = (await registry()).transports.map(({ manifest: { name, title }, source = null }) => ({
        name,
        title,
        source,
      }));
      const block = ({ name, title, source }: (typeof all)[number]) => ({
        title: name,
        fields: { title, from: source ?? "culvert itself" },
      });
      return listResult(all, "There are no transports", block);
    },
  };
}
