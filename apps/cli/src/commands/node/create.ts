import { existsSync } from "node:fs";
import { CliError } from "../../cli-error.js";
import type { Arguments } from "../../configuration/arguments.js";
import type { Configuration, NodeEntry } from "../../configuration/configuration.js";
import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";
import { createNode, type NewNode } from "../../node-process/create-node.js";
import type { NodeJson } from "../../node-process/node-json.js";
import { nodeOptions } from "../../node-process/node-options.js";
import type { Result } from "../../output/result.js";
import {
  checkOptions,
  isArgument,
  type Option,
  optionDefinition,
  optionName,
} from "../../registry/option.js";
import type { LazyRegistry, Registry } from "../../registry/registry.js";
import { isName, parseNodeName } from "../../syntax/names.js";
import { loadConfiguration, variableOption } from "../shared/configuration-options.js";
import { createBackgroundNode, readNewNode, showNode, warnIfNodeIsOpen } from "./new-node.js";

export async function createCommand(lazy: LazyRegistry): Promise<Command> {
  const registry = await lazy();
  const options = nodeOptions(registry.transports);
  return {
    description:
      "Prints the name of the node when the node answers. The first node becomes the default.\n\nA configuration is a YAML file or URL that describes the node and what it has; see `culvert run --help` for its keys. Options win over it. When anything of it fails, no node is left behind.",
    arguments: options
      .filter(isArgument)
      .map(({ flags, description }) => ({ syntax: flags, description, completes: "new-node" })),
    options: [
      ...options.filter((option) => !isArgument(option)).map(optionDefinition),
      { flags: "--configuration <yaml>", description: "The configuration itself; none when left out" },
      { flags: "--node-config <yaml>", description: "The same", hidden: true },
      {
        flags: "--limit <name=value>",
        description:
          "Sets a limit of the node, such as connections=100; docs/limits.md lists them; repeat it",
        repeatable: true,
      },
      variableOption,
      { flags: "-f, --foreground", description: "Run in this terminal, not in the background" },
      { flags: "-e, --exit-on-eof", description: "With -f: end when standard input ends" },
      { flags: "--replace", description: "Give up what a stopped node of that name has" },
      { flags: "-s, --skip-is-running-check", description: "Do not look whether a node of that name runs" },
    ],
    examples: [
      "node create n1",
      "node create n2 --tcp-listener-address 127.0.0.1:7000",
      "node create n3 --foreground --http-server",
      "node create ./n3.yaml --variable PORT=9000",
      "node create n3 --configuration 'tcp-outlet: { to: 9000 }'",
    ],
    run: (context, input) => new NodeCreation(context, registry, input).run(options),
  };
}

/** One run of the command. */
class NodeCreation {
  readonly #context: CommandContext;
  readonly #registry: Registry;
  readonly #input: CommandInput;

  constructor(context: CommandContext, registry: Registry, input: CommandInput) {
    this.#context = context;
    this.#registry = registry;
    this.#input = input;
  }

  async run(options: readonly Option[]): Promise<Result | undefined> {
    const [context, registry, input] = [this.#context, this.#registry, this.#input];
    const configuration = await this.#readConfiguration();
    const given = this.#readOptions(options);
    const exitOnEof = input.flag("exit-on-eof");
    if (exitOnEof && !input.flag("foreground")) {
      throw new CliError(
        "USAGE_INVALID",
        "Cannot use --exit-on-eof for a background node: it has no standard input",
        { hint: "Add --foreground" },
      );
    }
    const force = input.flag("skip-is-running-check");
    const arguments_ = withLimits(configuration?.node?.options ?? {}, given);
    const replace = input.flag("replace");
    const node = { ...(await readNewNode(context, registry, arguments_)), force, replace };
    if (input.flag("foreground")) return this.#runForeground({ node, configuration, exitOnEof });
    const create = (): Promise<NodeJson> => createBackgroundNode(context, registry, node);
    if (configuration === undefined) return createdResult(context, await create());
    await this.#apply(configuration, { node, create });
    return createdResult(context, await showNode(context, node.name));
  }

  /** The options of the node that were given. They win over a configuration. */
  #readOptions(options: readonly Option[]): Arguments {
    const input = this.#input;
    const name = input.argument("name");
    const given = options.filter((option) => !isArgument(option) || (name !== undefined && isNodeName(name)));
    checkOptions(given, input, this.#registry.addresses);
    const values = given.map((option) => {
      const key = optionName(option);
      const value = isArgument(option) ? name : (input.text(key) ?? (input.flag(key) || undefined));
      return [key, value] as const;
    });
    return {
      ...(Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Arguments),
      limits: input.texts("limit"),
    };
  }

  #readConfiguration(): Promise<Configuration | undefined> {
    const input = this.#input;
    const given = input.argument("name");
    const where = given === undefined || isNodeName(given) ? undefined : given;
    // What has no mark of a path or URL was meant to be a name, unless there is such a file.
    if (where !== undefined && !/[/\\.]/.test(withoutPath(where)) && !existsSync(where)) parseNodeName(where);
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
    if (source !== undefined) {
      return loadConfiguration(this.#context, this.#registry, { input, where: source, hasNode: true });
    }
    if (input.texts("variable").length === 0) return Promise.resolve(undefined);
    throw new CliError("USAGE_INVALID", "Cannot use --variable without a configuration");
  }

  async #apply(configuration: Configuration, { node, create, remove }: TopNode): Promise<void> {
    const { applyConfiguration } = await import("../../configuration/apply-configuration.js");
    const [context, registry] = [this.#context, this.#registry];
    await applyConfiguration(context, {
      configuration,
      create: async (entry: NodeEntry) =>
        entry === configuration.node
          ? create()
          : createBackgroundNode(context, registry, await readNewNode(context, registry, entry.options)),
      remove: (name) => (name === node.name ? remove?.() : undefined),
    });
  }

  async #runForeground({ node, configuration, exitOnEof }: ForegroundRun): Promise<undefined> {
    const { foregroundNode } = await import("../../node-process/run-foreground.js");
    const [context, registry] = [this.#context, this.#registry];
    const foreground = foregroundNode(context, node.name, {
      registry,
      force: node.force === true,
      exitOnEof,
    });
    warnIfNodeIsOpen(context, registry, node);
    const start = (): Promise<void> => createNode(context, node, () => foreground.start());
    if (configuration === undefined) await start();
    else {
      const create = (): Promise<NodeJson> => start().then(() => showNode(context, node.name));
      const remove = async (): Promise<void> => {
        await foreground.close();
        await context.nodes.remove(node.name);
      };
      await this.#apply(configuration, { node, create, remove });
    }
    await context.print(node.name);
    await foreground.untilEnd();
    return undefined;
  }
}

/** Both together; those of the command line win, also over single limits. */
function withLimits(configured: Arguments, given: Arguments): Arguments {
  const limits = [configured, given].flatMap((one) => (one.limits ?? []) as readonly string[]);
  return { ...configured, ...given, ...(limits.length === 0 ? {} : { limits }) };
}

function isNodeName(text: string): boolean {
  return isName(withoutPath(text));
}

/** `/node/n1` is `n1`. */
function withoutPath(text: string): string {
  return text.replace(/^\/node\//, "");
}

/** How to make the node of the top level. */
interface TopNode {
  readonly node: NewNode;
  readonly create: () => Promise<NodeJson>;
  /** Removes it again. Default: as `node delete`. */
  readonly remove?: () => Promise<void>;
}

/** What is told of a new node. */
export function createdResult({ terminal }: CommandContext, json: NodeJson): Result {
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
