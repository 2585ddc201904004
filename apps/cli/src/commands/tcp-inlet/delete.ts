import type { Command } from "../../framework/command.js";
import { deleteOne } from "../shared/deletion.js";
import { atOption, yesOption } from "../shared/options.js";
import { noneResult } from "../shared/result-blocks.js";
import { chooseInlet } from "./chosen-inlet.js";

export const command: Command = {
  description: "Streams of the inlet are reset.",
  arguments: [{ syntax: "[name]", description: "The inlet's name" }],
  options: [atOption, yesOption],
  async run(context, input) {
    const node = await context.node(input.text("at"));
    const control = context.control(node);
    const name = await chooseInlet(context, control, input);
    if (name === undefined) return noneResult;
    return deleteOne(context, {
      what: `inlet ${name} of node ${node}`,
      yes: input.flag("yes"),
      find: () => control.call("tcp-inlet.show", { name }),
      remove: () => control.call("tcp-inlet.delete", { name }),
    });
  },
};
