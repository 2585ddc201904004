import type { Command } from "../../framework/command.js";
import { atOption } from "../shared/options.js";
import { listResult } from "../shared/result-blocks.js";
import { outletBlock } from "./outlet-block.js";

export const command: Command = {
  options: [atOption],
  async run(context, input) {
    const node = await context.node(input.text("at"));
    const outlets = await context.control(node).call("tcp-outlet.list", {});
    return listResult(outlets, `Node ${node} has no TCP outlets`, outletBlock);
  },
};
