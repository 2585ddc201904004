import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import { type NodeJson, nodeJson } from "../../node-process/node-json.js";
import { readResources } from "../../node-process/saved-resources.js";
import { noNodes, noneOf } from "../../output/blocks.js";
import type { LazyRegistry } from "../../registry/registry.js";
import type { Resource } from "../../registry/resource.js";
import { storedParts } from "../../registry/stored-things.js";
import type { NodeRecord } from "../../state/nodes.js";
import { formatNode } from "./node-block.js";

export function createCommand(registry: LazyRegistry): Command {
  return {
    arguments: [
      { syntax: "[name]", description: "The node; the default node when left out", completes: "node" },
    ],
    examples: ["node show", "node show n1 --output json"],
    async run(context, input) {
      const { nodes } = context;
      if (nodes.names().length === 0) return noneOf(noNodes);
      const record = await nodes.get(await context.node(input.argument("name")));
      const kinds = async (): Promise<readonly Resource[]> => (await registry()).resources();
      const json = await readNode(context, record, kinds);
      return { plain: async () => formatNode(json, await kinds()), json };
    },
  };
}

async function readNode(
  context: CommandContext,
  record: NodeRecord,
  kinds: () => Promise<readonly Resource[]>,
): Promise<NodeJson> {
  if (record.status === "stopped") {
    const known = await kinds();
    const saved = readResources(record.paths.resources, known);
    return nodeJson(record, undefined, saved && storedParts(saved.spec, known, record.name));
  }
  return nodeJson(record, await context.control(record.name).call("node.show", {}));
}
