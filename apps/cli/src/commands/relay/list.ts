import type { Command } from "../../framework/command.js";
import { listResult } from "../shared/result-blocks.js";
import { relayBlock } from "./relay-block.js";
import { relayNode, relayNodeOptions } from "./relay-node.js";

export const command: Command = {
  description: "Lists the relays the node has on other nodes, and those it hosts for others.",
  options: relayNodeOptions,
  async run(context, input) {
    const node = await relayNode(context, input);
    const relays = await context.control(node).call("relay.list", {});
    return listResult(relays, `Node ${node} has no relays`, relayBlock);
  },
};
