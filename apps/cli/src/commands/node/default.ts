import type { Command } from "../../framework/command.js";
import { noNodes, noneOf } from "../../output/blocks.js";
import { parseNodeName } from "../../syntax/names.js";

export const command: Command = {
  description: "The default node is the one commands use when none is named.",
  arguments: [
    {
      syntax: "[name]",
      description: "The node to make the default; when left out, the default is shown",
      completes: "node",
    },
  ],
  examples: ["node default", "node default n1"],
  async run({ nodes }, input) {
    const given = input.argument("name");
    if (given !== undefined) await nodes.setDefault(parseNodeName(given));
    const name = nodes.defaultName();
    if (name === undefined) return noneOf(noNodes);
    return { plain: `The default node is ${name}`, machine: name, json: { name } };
  },
};
