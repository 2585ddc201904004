import type { Command } from "../../framework/command.js";
import { listResult } from "../../output/blocks.js";
import type { Registry } from "../../registry/registry.js";

export function createCommand(registry: Registry): Command {
  return {
    run() {
      const all = registry.transports.map(({ manifest: { name, title }, source = null }) => ({
        name,
        title,
        source,
      }));
      const block = ({ name, title, source }: (typeof all)[number]) => ({
        title: name,
        fields: { title, from: source ?? "culvert itself" },
      });
      return Promise.resolve(listResult(all, "There are no transports", block));
    },
  };
}
