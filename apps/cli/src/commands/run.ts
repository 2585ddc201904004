import { setTimeout as sleep } from "node:timers/promises";
import { CliError } from "../cli-error.js";
import type { Made } from "../configuration/apply-configuration.js";
import type { Configuration } from "../configuration/configuration.js";
import type { Command } from "../framework/command.js";
import type { CommandContext } from "../framework/context.js";
import type { CommandInput } from "../framework/input.js";
import { nodeOptions } from "../node-process/node-options.js";
import type { Result } from "../output/result.js";
import { optionKey } from "../registry/option.js";
import type { LazyRegistry, Registry } from "../registry/registry.js";
import { keysOf } from "../registry/resource.js";
import type { NodeRecord } from "../state/nodes.js";
import { createBackgroundNode, readNewNode } from "./node/new-node.js";
import { loadConfiguration, variableOption } from "./shared/configuration-options.js";

/** The configuration that is read when none is named. */
const defaultFile = "culvert.yaml";

/** Time between two looks at the nodes of `--blocking`, in milliseconds. 500: people do not notice, and it is no load. */
const lookEveryMs = 500;

export async function createCommand(lazy: LazyRegistry): Promise<Command> {
  const registry = await lazy();
  const nodeKeys = [...nodeOptions(registry.transports).map(optionKey), "limits"];
  const keys = (await registry.resources()).map(keysOf);
  return {
    description: `Creates the nodes and everything on them that a YAML file describes. When anything fails, all that was created is removed again.

Keys: version (1), variables, nodes, and for one node at the top or for each of nodes: ${[...nodeKeys, ...keys.map(inShort)].join(", ")}.
Each takes a name, a list, a map of names and arguments, or arguments. Arguments are the options of the command that creates the thing. What names no node is on the node it is written below, else on the default node.
$NAME and \${NAME} stand for variables: those of --variable, of the file, of the environment, in this order; $$ stands for $. A file from a URL gets none of the environment.

  variables: { PORT: 9000 }
  nodes:
    n2: { tcp-listener-address: 127.0.0.1:7000 }
    n3:
      relay: { name: n3, at: /node/n2 }
      tcp-outlet: { to: $PORT }
    n1:
      tcp-inlets:
        web: { from: 127.0.0.1:6000, to: outlet, via: n3 }`,
    arguments: [
      {
        syntax: "[file]",
        description: `The file, or an http or https URL; ${defaultFile} when left out`,
        completes: "file",
      },
    ],
    options: [
      {
        flags: "--inline <yaml>",
        description: "The configuration itself, in place of a file; that file when left out",
      },
      variableOption,
      {
        flags: "--blocking",
        description:
          "Stay until interrupted, then stop the nodes that were created, which end with the command however it ends; or until they have all ended",
      },
    ],
    examples: ["run", "run ./site.yaml --variable PORT=9000", "run --inline 'nodes: [n1, n2]'"],
    async run(context, input) {
      const configuration = await readConfigurationOf(context, registry, input);
      const { applyConfiguration } = await import("../configuration/apply-configuration.js");
      const endsWithCommand = input.flag("blocking");
      const made = await applyConfiguration(context, {
        configuration,
        endsWithCommand,
        create: async (entry) => {
          const node = await readNewNode(context, registry, entry.options);
          // The file says what they have.
          return createBackgroundNode(context, registry, { ...node, endsWithCommand, replace: true });
        },
      });
      const result = madeResult(context, made);
      if (!endsWithCommand) return result;
      await printNow(context, result);
      await stayWith(context, made);
      return undefined;
    },
  };
}

/** `relay` and `relays` are `relay(s)`. */
function inShort([key = "", several]: readonly string[]): string {
  return several === undefined ? key : `${key}(s)`;
}

function readConfigurationOf(
  context: CommandContext,
  registry: Registry,
  input: CommandInput,
): Promise<Configuration> {
  const file = input.argument("file");
  const text = input.text("inline");
  if (file !== undefined && text !== undefined) {
    throw new CliError("USAGE_INVALID", "Cannot use both a file and --inline", {
      hint: "Give one of the two",
    });
  }
  const where = text === undefined ? (file ?? defaultFile) : { text, source: "--inline" };
  return loadConfiguration(context, registry, { input, where, hasNode: false });
}

function madeResult({ terminal }: CommandContext, made: readonly Made[]): Result {
  const { green } = terminal.resultStyle;
  const lines = made.map(({ type, node, name }) =>
    type === "node" ? `${green("✔")} node ${name}` : `${green("✔")} ${type} ${name} of node ${node}`,
  );
  return { plain: lines.join("\n"), json: made };
}

async function printNow(context: CommandContext, result: Result): Promise<void> {
  const { renderResult } = await import("../output/result.js");
  const text = await renderResult(result, { ...context.settings, isTerminal: process.stdout.isTTY === true });
  if (text !== undefined) await context.print(text);
}

/** Waits for the user to interrupt, and then stops the nodes, or for the nodes to end by themselves. */
async function stayWith({ nodes, terminal, signal }: CommandContext, made: readonly Made[]): Promise<void> {
  const names = made.filter(({ type }) => type === "node").map(({ name }) => name);
  const running = async (): Promise<readonly NodeRecord[]> =>
    (await nodes.list()).filter(({ name, status }) => names.includes(name) && status === "running");
  terminal.note("Press Ctrl-C to stop");
  while (!signal.aborted && (names.length === 0 || (await running()).length > 0)) {
    await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
  }
  const { stopProcess } = await import("../node-process/stop-node.js");
  const stops = (await running()).map(async ({ name, process: nodeProcess }) => {
    if (nodeProcess !== undefined) await stopProcess(name, nodeProcess, "drain");
  });
  await terminal.spin("Stopping the nodes", Promise.all(stops));
}
