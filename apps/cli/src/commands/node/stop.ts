import type { Command } from "../../framework/command.js";
import { stopProcess } from "../../node-process/stop-node.js";
import { existingNode } from "./existing-node.js";

export const command: Command = {
  description: "Gives open streams a moment to end; a node that has not ended after 5 s is killed.",
  arguments: [
    { syntax: "[name]", description: "The node; the default node when left out", completes: "node" },
  ],
  options: [{ flags: "-f, --force", description: "Kill it at once" }],
  examples: ["node stop n1"],
  async run(context, input) {
    const { nodes, terminal } = context;
    const name = await existingNode(context, input.argument("name"));
    const stop = nodes.exclusively(name, async () => {
      const running = (await nodes.get(name)).process;
      if (running !== undefined) await stopProcess(name, running, input.flag("force") ? "kill" : "drain");
    });
    await terminal.spin(`Stopping node ${name}`, stop);
    const text = `${name} was stopped`;
    return { plain: text, machine: text, json: { name } };
  },
};
