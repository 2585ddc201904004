import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import { stopProcess } from "../../node-process/stop-node.js";
import { allOption, chosenNodes, nodesArgument } from "./chosen-nodes.js";

export const command: Command = {
  description: "Gives open streams a moment to end; a node that has not ended after 5 s is killed.",
  arguments: [nodesArgument],
  options: [allOption, { flags: "-f, --force", description: "Kill it at once" }],
  examples: ["node stop n1", "node stop --all"],
  async run(context, input) {
    const names = await chosenNodes(context, input);
    const stops = names.map((name) => stopNode(context, name, input.flag("force")));
    await context.terminal.spin(`Stopping node ${names.join(", ")}`, Promise.all(stops));
    const text = names.map((name) => `${name} was stopped`).join("\n");
    const json = names.map((name) => ({ name }));
    return { plain: text, machine: text, json: input.flag("all") || names.length > 1 ? json : json[0] };
  },
};

async function stopNode({ nodes }: CommandContext, name: string, isForced: boolean): Promise<void> {
  await nodes.exclusively(name, async () => {
    const running = (await nodes.get(name)).process;
    if (running !== undefined) await stopProcess(name, running, isForced ? "kill" : "drain");
  });
}
