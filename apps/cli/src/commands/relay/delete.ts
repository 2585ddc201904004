import type { Command } from "../../framework/command.js";
import { deleteOne } from "../shared/deletion.js";
import { yesOption } from "../shared/options.js";
import { relayNode, relayNodeOptions } from "./relay-node.js";

export const command: Command = {
  description: "Gives the relay's name back to the node that hosts it.",
  arguments: [{ syntax: "[name]", description: "The relay's name; `default` when left out" }],
  options: [...relayNodeOptions, yesOption],
  async run(context, input) {
    const node = await relayNode(context, input);
    const control = context.control(node);
    const name = input.argument("name") ?? "default";
    return deleteOne(context, {
      what: `relay ${name} of node ${node}`,
      yes: input.flag("yes"),
      find: () => control.call("relay.show", { name }),
      remove: () => control.call("relay.delete", { name }),
    });
  },
};
