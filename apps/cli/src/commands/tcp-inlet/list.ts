import type { Command } from "../../framework/command.js";
import { atOption } from "../shared/options.js";
import { listResult } from "../shared/result-blocks.js";
import { inletBlock } from "./inlet-block.js";

export const command: Command = {
  options: [atOption],
  async run(context, input) {
    const node = await context.node(input.text("at"));
    const inlets = await context.control(node).call("tcp-inlet.list", {});
    return listResult(inlets, `Node ${node} has no TCP inlets`, inletBlock);
  },
};
