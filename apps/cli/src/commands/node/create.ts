import { CliError } from "../../cli-error.js";
import type { Configuration, NodeEntry } from "../../configuration/configuration.js";
import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";
import { createNode, defaultListenerAddress, type NewNode } from "../../node-process/create-node.js";
import type { NodeJson } from "../../node-process/node-json.js";
import type { Result } from "../../output/result.js";
import { isName } from "../../syntax/names.js";
import { loadConfiguration, variableOption } from "../shared/configuration-options.js";
import {
  createBackgroundNode,
  type NodeOptions,
  readNewNode,
  showNode,
  warnIfNodeIsOpen,
} from "./new-node.js";

export const command: Command = {
  description:
    "Prints the name of the node when the node answers. The first node becomes the default.\n\nA configuration is a YAML file or URL that describes the node and what it has; see `culvert run --help` for its keys. Options win over it. When anything of it fails, no node is left behind.",
  arguments: [
    {
      syntax: "[name]",
      completes: "new-node",
      description:
        "Name of the node; two random words when left out. What is no name is the path or URL of a configuration",
    },
  ],
  options: [
    {
      flags: "-t, --tcp-listener-address <host:port>",
      description: `Where the node listens for TCP connections of other nodes (default: "${defaultListenerAddress}")`,
    },
    { flags: "--udp-listener-address <host:port>", description: "Where it listens for UDP" },
    {
      flags: "--http-server",
      description: "Open an HTTP server with health and metrics on a random loopback port",
    },
    { flags: "--http-server-port <port>", description: "Open the HTTP server on this port" },
    { flags: "--configuration <yaml>", description: "The configuration itself" },
    { flags: "--node-config <yaml>", description: "The same", hidden: true },
    {
      flags: "--limit <name=value>",
      description: "Sets a limit of the node, such as connections=100; docs/limits.md lists them; repeat it",
      repeatable: true,
    },
    variableOption,
    { flags: "-f, --foreground", description: "Run in this terminal, not in the background" },
    { flags: "-e, --exit-on-eof", description: "With -f: end when standard input ends" },
    { flags: "-s, --skip-is-running-check", description: "Do not look whether a node of that name runs" },
  ],
  examples: [
    "node create n1",
    "node create n2 --tcp-listener-address 127.0.0.1:7000",
    "node create n3 --foreground --http-server",
    "node create ./n3.yaml --variable PORT=9000",
    "node create n3 --configuration 'tcp-outlet: { to: 9000 }'",
  ],
  async run(context, input) {
    const configuration = await readConfigurationOf(context, input);
    const options = withLimits(configuration?.node?.options ?? {}, readOptions(input));
    if (input.flag("exit-on-eof") && !input.flag("foreground")) {
      throw new CliError(
        "USAGE_INVALID",
        "Cannot use --exit-on-eof for a background node: it has no standard input",
        { hint: "Add --foreground" },
      );
    }
    const force = input.flag("skip-is-running-check");
    const node = { ...(await readNewNode(context, options)), force };
    if (input.flag("foreground")) {
      return runForeground(context, { node, configuration, exitOnEof: input.flag("exit-on-eof") });
    }
    const create = (): Promise<NodeJson> => createBackgroundNode(context, node);
    if (configuration === undefined) return createdResult(context, await create());
    await apply(context, configuration, { node, create });
    return createdResult(context, await showNode(context, node.name));
  },
};

/** Both together; those of the command line win, also over single limits. */
function withLimits(configured: NodeOptions, given: NodeOptions): NodeOptions {
  const limits = [...(configured.limits ?? []), ...(given.limits ?? [])];
  return { ...configured, ...given, ...(limits.length === 0 ? {} : { limits }) };
}

/** The options of the node that were given. They win over a configuration. */
function readOptions(input: CommandInput): NodeOptions {
  const name = input.argument("name");
  const texts = ["tcp-listener-address", "udp-listener-address", "http-server-port"] as const;
  const given = texts.map((option) => [option, input.text(option)] as const);
  return {
    ...(name === undefined || !isNodeName(name) ? {} : { name }),
    ...Object.fromEntries(given.filter(([, text]) => text !== undefined)),
    ...(input.flag("http-server") ? { "http-server": true } : {}),
    limits: input.texts("limit"),
  };
}

function isNodeName(text: string): boolean {
  return isName(text.replace(/^\/node\//, ""));
}

async function readConfigurationOf(
  context: CommandContext,
  input: CommandInput,
): Promise<Configuration | undefined> {
  const given = input.argument("name");
  const where = given === undefined || isNodeName(given) ? undefined : given;
  const inline = [input.text("configuration"), input.text("node-config")].filter(
    (text) => text !== undefined,
  );
  if (inline.length + (where === undefined ? 0 : 1) > 1) {
    throw new CliError("USAGE_INVALID", "Cannot use more than one configuration", {
      hint: "Give one of CONFIG, --configuration and --node-config",
    });
  }
  const [text] = inline;
  const source = text === undefined ? where : { text, source: "--configuration" };
  if (source === undefined) {
    if (input.texts("variable").length === 0) return undefined;
    throw new CliError("USAGE_INVALID", "Cannot use --variable without a configuration");
  }
  return loadConfiguration(context, input, { where: source, hasNode: true });
}

/** How to make the node of the top level. */
interface TopNode {
  readonly node: NewNode;
  readonly create: () => Promise<NodeJson>;
  /** Removes it again. Default: as `node delete`. */
  readonly remove?: () => Promise<void>;
}

async function apply(
  context: CommandContext,
  configuration: Configuration,
  { node, create, remove }: TopNode,
): Promise<void> {
  const { applyConfiguration } = await import("../../configuration/apply-configuration.js");
  await applyConfiguration(context, configuration, {
    create: async (entry: NodeEntry) =>
      entry === configuration.node
        ? create()
        : createBackgroundNode(context, await readNewNode(context, entry.options)),
    remove: (name) => (name === node.name ? remove?.() : undefined),
  });
}

function createdResult({ terminal }: CommandContext, json: NodeJson): Result {
  const { green, bold } = terminal.resultStyle;
  const lines = [`${green("✔")} Node ${bold(json.name)} is running at ${json.route.verbose}`];
  if (json.http_server_address !== null) lines.push(`  HTTP server at http://${json.http_server_address}`);
  if (json.is_default) lines.push("  It is the default node");
  return { plain: lines.join("\n"), machine: json.name, json };
}

interface ForegroundRun {
  readonly node: NewNode;
  readonly configuration: Configuration | undefined;
  readonly exitOnEof: boolean;
}

async function runForeground(
  context: CommandContext,
  { node, configuration, exitOnEof }: ForegroundRun,
): Promise<undefined> {
  const { foregroundNode } = await import("../../node-process/run-foreground.js");
  const foreground = foregroundNode(context, node.name, { force: node.force === true, exitOnEof });
  warnIfNodeIsOpen(context, node);
  const start = (): Promise<void> => createNode(context, node, () => foreground.start());
  if (configuration === undefined) await start();
  else {
    const create = (): Promise<NodeJson> => start().then(() => showNode(context, node.name));
    const remove = async (): Promise<void> => {
      await foreground.close();
      await context.nodes.remove(node.name);
    };
    await apply(context, configuration, { node, create, remove });
  }
  context.print(node.name);
  await foreground.untilEnd();
  return undefined;
}
