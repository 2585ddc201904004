import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";
import { releaseRelays } from "../../node-process/release-relays.js";
import { deleteNode, type StopManner } from "../../node-process/stop-node.js";
import { noNodes, noneOf } from "../../output/blocks.js";
import { yesOption } from "../../registry/common-options.js";
import { nodesArgument } from "./chosen-nodes.js";

export const command: Command = {
  description: "Ends the node and removes all that is left of it.",
  arguments: [nodesArgument],
  options: [
    { flags: "-a, --all", description: "Delete all nodes" },
    yesOption,
    { flags: "-f, --force", description: "Kill the node; do not wait for it to end by itself" },
  ],
  examples: ["node delete n1 --yes", "node delete n2 n3 --yes", "node delete --all --yes"],
  async run(context, input) {
    const { nodes, terminal } = context;
    if (nodes.names().length === 0) return noneOf(noNodes);
    const names = await chosenNodes(context, input);
    const what = names.length === 1 ? "node" : `${names.length} nodes:`;
    if (!(await terminal.confirm(`Delete ${what} ${names.join(", ")}?`, input.flag("yes")))) return undefined;
    await deleteAll(context, names, input.flag("force") ? "kill" : "now");
    const json = names.map((name) => ({ name }));
    return {
      plain: names.map((name) => `${terminal.resultStyle.green("✔")} Deleted node ${name}`).join("\n"),
      machine: names.join("\n"),
      json: input.flag("all") || names.length > 1 ? json : json[0],
    };
  },
};

async function chosenNodes(context: CommandContext, input: CommandInput): Promise<readonly string[]> {
  const given = input.argumentList("name");
  if (!input.flag("all")) {
    if (given.length === 0) return [await context.node(undefined)];
    return [...new Set(await Promise.all(given.map((name) => context.node(name))))];
  }
  if (given.length === 0) return context.nodes.names();
  const reason = "Cannot delete a named node and all nodes: give one of NAME and --all";
  throw new CliError("USAGE_INVALID", reason);
}

async function deleteAll(context: CommandContext, names: readonly string[], how: StopManner): Promise<void> {
  const { nodes, terminal } = context;
  // A node that is killed is not asked for anything.
  if (how !== "kill") await Promise.all(names.map((name) => releaseRelays(context, name)));
  const deletions = Promise.allSettled(names.map((name) => deleteNode(nodes, name, how)));
  const outcomes = await terminal.spin(`Deleting ${names.join(", ")}`, deletions);
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
