import type { Command } from "../../framework/command.js";
import { type Block, listResult, noNodes } from "../../output/blocks.js";

/** A node as lists tell of it. */
interface ListedNode {
  readonly node_name: string;
  readonly is_default: boolean;
  readonly status: string;
  readonly pid: number | null;
}

export const command: Command = {
  examples: ["node list", "node list --jq '.[].node_name'"],
  async run({ nodes }) {
    const listed = (await nodes.list()).map(({ name, isDefault, status, process }) => ({
      node_name: name,
      is_default: isDefault,
      status,
      pid: process?.pid ?? null,
    }));
    return listResult(listed, noNodes, nodeBlock);
  },
};

function nodeBlock({ node_name, is_default, status, pid }: ListedNode): Block {
  return { title: node_name, fields: { status, process: pid, default: is_default ? "yes" : null } };
}
