import type { Command } from "../framework/command.js";
import { deleteNode } from "../node-process/stop-node.js";
import { yesOption } from "../registry/common-options.js";

export const command: Command = {
  description:
    "Ends all nodes and removes everything in CULVERT_HOME that Culvert put there, identities and their keys too. Vaults in other folders stay. Doing it twice is fine.",
  options: [yesOption],
  examples: ["reset --yes"],
  async run(context, input) {
    const { nodes, terminal } = context;
    if (!(await terminal.confirm(`Remove all nodes and all state in ${nodes.home}?`, input.flag("yes"))))
      return undefined;
    const names = nodes.names();
    await terminal.spin(
      "Deleting all nodes",
      Promise.all(names.map((name) => deleteNode(nodes, name, "now"))),
    );
    await nodes.removeAll();
    return {
      plain: `${terminal.resultStyle.green("✔")} Removed all state in ${nodes.home}`,
      json: { home: nodes.home },
    };
  },
};
