import type { Command } from "../../framework/command.js";
import { formatBlock } from "../../output/blocks.js";
import { nodeBlock } from "./node-block.js";

export const command: Command = {
  examples: ["node list", "node list --output json --jq '.[].node_name'"],
  async run({ nodes }) {
    const records = await nodes.list();
    const plain = records.map((record) => formatBlock(nodeBlock(record))).join("\n\n");
    const json = records.map(({ name, isDefault, status, process }) => ({
      node_name: name,
      is_default: isDefault,
      status,
      pid: process?.pid ?? null,
    }));
    return { plain: plain || "There are no nodes: create one with `culvert node create`", json };
  },
};
