import { setTimeout as sleep } from "node:timers/promises";
import type { Made } from "../../configuration/apply-configuration.js";
import type { Configuration } from "../../configuration/configuration.js";
import { Reconciliation, type Step } from "../../configuration/reconciliation.js";
import type { CommandContext } from "../../framework/context.js";
import type { Result } from "../../output/result.js";
import { onReload } from "../../process-signals.js";
import type { Registry } from "../../registry/registry.js";
import type { NodeRecord } from "../../state/nodes.js";
import { createBackgroundNode, readNewNode } from "../node/new-node.js";

/** Time between two looks at the nodes of `--blocking`, in milliseconds. 500: people do not notice, and it is no load. */
const lookEveryMs = 500;

/** How far a configuration counts, and what to do about it. */
export interface ReconcileOptions {
  /** Reads the configuration; again when a SIGHUP comes to a command that stays. */
  readonly read: () => Promise<Configuration>;
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

/**
 * Makes what is there what a configuration says.
 *
 * @throws CliError, CulvertError what reading it and what the commands throw
 */
export async function reconcile(
  context: CommandContext,
  registry: Registry,
  options: ReconcileOptions,
): Promise<Result | undefined> {
  const there = await look(context, registry, options, await options.read());
  if (options.dryRun === true) return planResult(context, await there.reconciliation.steps());
  const made = await apply(context, registry, options, there);
  if (made === undefined) return undefined;
  const result = madeResult(context, made);
  if (options.isBlocking !== true) return result;
  await printNow(context, result);
  await stayWith(context, made, async () => {
    context.terminal.note("Reading the file again");
    const again = await look(context, registry, options, await options.read());
    const changed = (await apply(context, registry, options, again)) ?? [];
    await printNow(context, madeResult(context, changed));
    return changed;
  });
  return undefined;
}

/** A configuration beside what is there. */
interface Looked {
  readonly configuration: Configuration;
  readonly reconciliation: Reconciliation;
}

async function look(
  context: CommandContext,
  registry: Registry,
  { prune = false, pruneNodes = false }: ReconcileOptions,
  configuration: Configuration,
): Promise<Looked> {
  const reconciliation = new Reconciliation(context, configuration, {
    kinds: await registry.resources(),
    prune,
    pruneNodes,
    readNode: (entry) => readNewNode(context, registry, entry.options),
  });
  await reconciliation.look();
  return { configuration, reconciliation };
}

/** Does what has to be done; nothing when the user does not want something removed. */
async function apply(
  context: CommandContext,
  registry: Registry,
  { tellsPlan = false, yes = false, isBlocking = false }: ReconcileOptions,
  { configuration, reconciliation }: Looked,
): Promise<readonly Made[] | undefined> {
  const { terminal } = context;
  const steps = await reconciliation.steps();
  if (tellsPlan) for (const step of steps) terminal.note(stepText(step));
  const removed = steps.filter(({ action }) => action === "remove");
  const question = `Remove ${removed.map(({ type, name }) => `${type} ${name}`).join(", ")}?`;
  if (removed.length > 0 && !(await terminal.confirm(question, yes))) return undefined;
  const { applyConfiguration } = await import("../../configuration/apply-configuration.js");
  return applyConfiguration(context, {
    configuration,
    there: reconciliation,
    endsWithCommand: isBlocking,
    create: async (entry) => {
      const node = await readNewNode(context, registry, entry.options);
      return createBackgroundNode(context, registry, { ...node, endsWithCommand: isBlocking });
    },
  });
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

/**
 * Waits for the user to interrupt, and then stops the nodes that were created or started, or for them to end by themselves.
 *
 * @param reload what a SIGHUP is for; what it throws is told of, and all stays as it is
 */
async function stayWith(
  { nodes, terminal, signal }: CommandContext,
  made: readonly Made[],
  reload: () => Promise<readonly Made[]>,
): Promise<void> {
  const names = new Set(startedNodes(made));
  const running = async (): Promise<readonly NodeRecord[]> =>
    (await nodes.list()).filter(({ name, status }) => names.has(name) && status === "running");
  let isAsked = false;
  const stopListening = onReload(() => {
    isAsked = true;
  });
  terminal.note("Press Ctrl-C to stop");
  while (!signal.aborted && (names.size === 0 || (await running()).length > 0)) {
    await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
    if (!isAsked || signal.aborted) continue;
    isAsked = false;
    try {
      for (const name of startedNodes(await reload())) names.add(name);
    } catch (error) {
      terminal.warn(error instanceof Error ? error.message : String(error));
    }
  }
  stopListening();
  const { stopProcess } = await import("../../node-process/stop-node.js");
  const stops = (await running()).map(async ({ name, process: nodeProcess }) => {
    if (nodeProcess !== undefined) await stopProcess(name, nodeProcess, "drain");
  });
  await terminal.spin("Stopping the nodes", Promise.all(stops));
}

function startedNodes(made: readonly Made[]): readonly string[] {
  return made
    .filter(({ type, action }) => type === "node" && (action === "created" || action === "started"))
    .map(({ name }) => name);
}
