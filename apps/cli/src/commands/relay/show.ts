import type { Command } from "../../framework/command.js";
import { showResult } from "../shared/result-blocks.js";
import { relayDetailBlock } from "./relay-block.js";
import { relayNode, relayNodeOptions } from "./relay-node.js";

export const command: Command = {
  arguments: [{ syntax: "[name]", description: "The relay's name; `default` when left out" }],
  options: relayNodeOptions,
  async run(context, input) {
    const node = await relayNode(context, input);
    const name = input.argument("name") ?? "default";
    return showResult(await context.control(node).call("relay.show", { name }), relayDetailBlock);
  },
};
