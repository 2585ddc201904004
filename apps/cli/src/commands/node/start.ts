import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { NodeJson } from "../../node-process/node-json.js";
import { restartNode } from "../../node-process/restart-node.js";
import type { Result } from "../../output/result.js";
import { allOption, chosenNodes, lastingNodes, nodesArgument } from "./chosen-nodes.js";
import { showNode } from "./new-node.js";

export const command: Command = {
  description:
    "Restores the listeners, connections, relays, inlets, outlets and services the nodes had. With --all one that cannot be started does not keep the others from it.",
  arguments: [nodesArgument],
  options: [allOption],
  examples: ["node start n1", "node start --all"],
  async run(context, input) {
    const isAll = input.flag("all");
    const chosen = await chosenNodes(context, input);
    const names = isAll ? lastingNodes(context) : chosen;
    return startNodes(context, names, { isAll, leaveRunning: true });
  },
};

/** How to start nodes. */
interface StartOptions {
  /** Whether the user asked for all of them, whatever there is. */
  readonly isAll: boolean;
  /** Whether those that run are left alone. */
  readonly leaveRunning: boolean;
}

/**
 * Starts nodes one after the other, and tells of them.
 *
 * @throws CliError, CulvertError what starting throws; the first of them, once all were tried
 */
export async function startNodes(
  context: CommandContext,
  names: readonly string[],
  { isAll, leaveRunning }: StartOptions,
): Promise<Result> {
  const { terminal } = context;
  const { green, bold } = terminal.resultStyle;
  const started: NodeJson[] = [];
  const failures: unknown[] = [];
  for (const name of names) {
    if (context.signal.aborted) break;
    try {
      const start = restartNode(context, name, { leaveRunning });
      const how = await terminal.spin(`Starting node ${name}`, start);
      if (how === "was running") terminal.note(`Node ${name} is already running`);
      started.push(await showNode(context, name));
    } catch (error) {
      failures.push(error);
      const reason = error instanceof Error ? error.message : String(error);
      if (names.length > 1) terminal.warn(reason);
    }
  }
  if (failures.length > 0) throw names.length === 1 ? failures[0] : someFailed(failures.length, names.length);
  const lines = started.map(
    ({ name, route }) => `${green("✔")} Node ${bold(name)} is running at ${route.verbose}`,
  );
  const isList = isAll || names.length !== 1;
  return { plain: lines.join("\n"), json: isList ? started : started[0] };
}

function someFailed(failed: number, all: number): CliError {
  return new CliError("NODE_START_FAILED", `Cannot start ${failed} of ${all} nodes`, {
    hint: "The lines above say why; `culvert doctor` says how to mend it",
  });
}
