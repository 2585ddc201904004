import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";
import { deleteNode, type StopManner } from "../../node-process/stop-node.js";
import { noneResult } from "../../output/blocks.js";
import type { Result } from "../../output/result.js";
import { yesOption } from "../../registry/resource-commands.js";
import type { RelayView } from "../../resources/views/relay-view.js";

export const command: Command = {
  description: "Ends the node and removes all that is left of it.",
  arguments: [
    { syntax: "[name]", description: "The node; the default node when left out", completes: "node" },
  ],
  options: [
    { flags: "-a, --all", description: "Delete all nodes" },
    yesOption,
    { flags: "-f, --force", description: "Kill the node; do not wait for it to end by itself" },
  ],
  examples: ["node delete n1 --yes", "node delete --all --yes"],
  async run(context, input) {
    const { nodes, terminal } = context;
    const given = input.argument("name");
    if (given !== undefined && input.flag("all")) {
      throw new CliError(
        "USAGE_INVALID",
        "Cannot delete a named node and all nodes: give one of NAME and --all",
      );
    }
    if (nodes.names().length === 0) return noneResult;
    if (input.flag("all")) return deleteAll(context, input);
    const name = await context.node(given);
    if (!(await terminal.confirm(`Delete node ${name}?`, input.flag("yes")))) return undefined;
    await releaseRelays(context, name, manner(input));
    await terminal.spin(`Deleting node ${name}`, deleteNode(nodes, name, manner(input)));
    return {
      plain: `${terminal.resultStyle.green("✔")} Deleted node ${name}`,
      machine: name,
      json: { name },
    };
  },
};

/** Longest wait for a node to give back the names of its relays, in milliseconds. 2,000: each takes 1 s at most. */
const releaseTimeoutMs = 2000;

/** Gives back the names of the node's relays: the tokens go with the node, and nobody could do it after that. */
async function releaseRelays(context: CommandContext, node: string, how: StopManner): Promise<void> {
  if (how === "kill" || (await context.nodes.find(node))?.status !== "running") return;
  const control = context.control(node);
  const options = { timeoutMs: releaseTimeoutMs };
  const relays = (await control.call("relay.list", {}, options).catch(() => [])) as readonly RelayView[];
  await Promise.allSettled(relays.map(({ name }) => control.call("relay.delete", { name }, options)));
}

async function deleteAll(context: CommandContext, input: CommandInput): Promise<Result | undefined> {
  const { nodes, terminal } = context;
  const names = nodes.names();
  const question = `Delete ${names.length === 1 ? "the node" : `all ${names.length} nodes`}: ${names.join(", ")}?`;
  if (!(await terminal.confirm(question, input.flag("yes")))) return undefined;
  await Promise.all(names.map((name) => releaseRelays(context, name, manner(input))));
  const deletions = Promise.allSettled(names.map((name) => deleteNode(nodes, name, manner(input))));
  const outcomes = await terminal.spin("Deleting all nodes", deletions);
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  const plain = names.map((name) => `${terminal.resultStyle.green("✔")} Deleted node ${name}`).join("\n");
  return { plain, machine: names.join("\n"), json: names.map((name) => ({ name })) };
}

function manner(input: CommandInput): StopManner {
  return input.flag("force") ? "kill" : "now";
}
