import { setTimeout as sleep } from "node:timers/promises";
import type { Made } from "../../configuration/apply-configuration.js";
import type { Configuration } from "../../configuration/configuration.js";
import { Reconciliation, type Step } from "../../configuration/reconciliation.js";
import type { CommandContext } from "../../framework/context.js";
import type { Result } from "../../output/result.js";
import type { Registry } from "../../registry/registry.js";
import type { NodeRecord } from "../../state/nodes.js";
import { createBackgroundNode, readNewNode } from "../node/new-node.js";

/** Time between two looks at the nodes of `--blocking`, in milliseconds. 500: people do not notice, and it is no load. */
const lookEveryMs = 500;

/** How far a configuration counts, and what to do about it. */
export interface ReconcileOptions {
  readonly configuration: Configuration;
  readonly prune?: boolean;
  readonly pruneNodes?: boolean;
  /** Tell what would be done, and do nothing. */
  readonly dryRun?: boolean;
  /** Do not ask before something is removed. */
  readonly yes?: boolean;
  /** Tell what will be done before it is done. */
  readonly tellsPlan?: boolean;
  /** Stay until interrupted; nodes that were created or started end with the command. */
  readonly isBlocking?: boolean;
}

/** Makes what is there what a configuration says. */
export async function reconcile(
  context: CommandContext,
  registry: Registry,
  options: ReconcileOptions,
): Promise<Result | undefined> {
  const { configuration, prune = false, pruneNodes = false, isBlocking = false } = options;
  const { terminal } = context;
  const there = new Reconciliation(context, configuration, {
    kinds: await registry.resources(),
    prune,
    pruneNodes,
    readNode: (entry) => readNewNode(context, registry, entry.options),
  });
  await there.look();
  const steps = await there.steps();
  if (options.dryRun === true) return planResult(context, steps);
  if (options.tellsPlan === true) for (const step of steps) terminal.note(stepText(step));
  const removed = steps.filter(({ action }) => action === "remove");
  const question = `Remove ${removed.map(({ type, name }) => `${type} ${name}`).join(", ")}?`;
  if (removed.length > 0 && !(await terminal.confirm(question, options.yes === true))) return undefined;
  const { applyConfiguration } = await import("../../configuration/apply-configuration.js");
  const made = await applyConfiguration(context, {
    configuration,
    there,
    endsWithCommand: isBlocking,
    create: async (entry) => {
      const node = await readNewNode(context, registry, entry.options);
      return createBackgroundNode(context, registry, { ...node, endsWithCommand: isBlocking });
    },
  });
  const result = madeResult(context, made);
  if (!isBlocking) return result;
  await printNow(context, result);
  await stayWith(context, made);
  return undefined;
}

const nothingToDo = "Nothing to do: all is as the file says";

function planResult({ terminal }: CommandContext, steps: readonly Step[]): Result {
  if (steps.length === 0) terminal.done(nothingToDo);
  return { plain: steps.length === 0 ? "" : steps.map(stepText).join("\n"), json: steps };
}

const signs = { create: "+", start: "▸", change: "~", remove: "-" } as const;

function stepText({ action, type, node, name, changed, is_anew }: Step): string {
  const what = type === "node" ? `node ${name}` : `${type} ${name} of node ${node}`;
  const which = changed.length === 0 ? "" : `: ${changed.join(", ")}`;
  const how = !is_anew ? "" : type === "node" ? " (it is restarted)" : " (it is made anew)";
  return `${signs[action]} ${action} ${what}${which}${how}`;
}

function madeResult({ terminal }: CommandContext, made: readonly Made[]): Result {
  if (made.length === 0) terminal.done(nothingToDo);
  const { green } = terminal.resultStyle;
  const lines = made.map(({ action, type, node, name }) => {
    const what = type === "node" ? `node ${name}` : `${type} ${name} of node ${node}`;
    return `${green("✔")} ${action} ${what}`;
  });
  return { plain: lines.join("\n"), json: made };
}

async function printNow(context: CommandContext, result: Result): Promise<void> {
  const { renderResult } = await import("../../output/result.js");
  const text = await renderResult(result, { ...context.settings, isTerminal: process.stdout.isTTY === true });
  if (text !== undefined) await context.print(text);
}

/** Waits for the user to interrupt, and then stops the nodes that were created or started, or for them to end by themselves. */
async function stayWith({ nodes, terminal, signal }: CommandContext, made: readonly Made[]): Promise<void> {
  const names = made
    .filter(({ type, action }) => type === "node" && (action === "created" || action === "started"))
    .map(({ name }) => name);
  const running = async (): Promise<readonly NodeRecord[]> =>
    (await nodes.list()).filter(({ name, status }) => names.includes(name) && status === "running");
  terminal.note("Press Ctrl-C to stop");
  while (!signal.aborted && (names.length === 0 || (await running()).length > 0)) {
    await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
  }
  const { stopProcess } = await import("../../node-process/stop-node.js");
  const stops = (await running()).map(async ({ name, process: nodeProcess }) => {
    if (nodeProcess !== undefined) await stopProcess(name, nodeProcess, "drain");
  });
  await terminal.spin("Stopping the nodes", Promise.all(stops));
}
