import type { Command } from "../../framework/command.js";
import { atOption } from "../shared/options.js";
import { noneResult, showResult } from "../shared/result-blocks.js";
import { chooseOutlet } from "./chosen-outlet.js";
import { outletDetailBlock } from "./outlet-block.js";

export const command: Command = {
  arguments: [{ syntax: "[alias]", description: "The outlet's address, such as outlet or /service/outlet" }],
  options: [atOption],
  async run(context, input) {
    const node = await context.node(input.text("at"));
    const control = context.control(node);
    const name = await chooseOutlet(context, control, input);
    if (name === undefined) return noneResult;
    return showResult(await control.call("tcp-outlet.show", { name }), outletDetailBlock);
  },
};
