import type { Command } from "../../framework/command.js";
import { allOption, chosenNodes, nodesArgument } from "./chosen-nodes.js";
import { startNodes } from "./start.js";

export const command: Command = {
  description:
    "Stops the nodes, which gives open streams a moment to end, and starts them with all they had: with another version of Culvert, or another environment. What can be changed without it, `culvert apply` changes.",
  arguments: [nodesArgument],
  options: [allOption],
  examples: ["node restart n1", "node restart --all"],
  async run(context, input) {
    const names = await chosenNodes(context, input);
    return startNodes(context, names, { isAll: input.flag("all"), leaveRunning: false });
  },
};
