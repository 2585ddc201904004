import type { Command } from "../../framework/command.js";
import { nodeJson } from "../../node-process/node-json.js";
import { startBackground } from "../../node-process/start-background.js";
import { existingNode } from "./existing-node.js";

export const command: Command = {
  description: "Restores the listeners, connections, relays, inlets, outlets and services the node had.",
  arguments: [
    { syntax: "[name]", description: "The node; the default node when left out", completes: "node" },
  ],
  examples: ["node start n1"],
  async run(context, input) {
    const { nodes, terminal, signal, passphrases } = context;
    const name = await existingNode(context, input.argument("name"));
    const start = nodes.exclusively(name, async () => {
      if ((await nodes.get(name)).status === "running") terminal.note(`Node ${name} is already running`);
      else await startBackground(nodes, name, { signal, passphrases });
      return nodeJson(await nodes.get(name), await context.control(name).call("node.show", {}));
    });
    const json = await terminal.spin(`Starting node ${name}`, start);
    const { green, bold } = terminal.resultStyle;
    return {
      plain: `${green("✔")} Node ${bold(name)} is running at ${json.route.verbose}`,
      json,
    };
  },
};
