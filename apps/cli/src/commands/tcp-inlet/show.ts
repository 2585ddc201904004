import type { Command } from "../../framework/command.js";
import { atOption } from "../shared/options.js";
import { noneResult, showResult } from "../shared/result-blocks.js";
import { chooseInlet } from "./chosen-inlet.js";
import { inletBlock } from "./inlet-block.js";

export const command: Command = {
  arguments: [{ syntax: "[name]", description: "The inlet's name" }],
  options: [atOption],
  async run(context, input) {
    const node = await context.node(input.text("at"));
    const control = context.control(node);
    const name = await chooseInlet(context, control, input);
    if (name === undefined) return noneResult;
    return showResult(await control.call("tcp-inlet.show", { name }), inletBlock);
  },
};
