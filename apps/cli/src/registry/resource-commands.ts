import { CliError } from "../cli-error.js";
import type { CallOptions, ControlClient } from "../control/client.js";
import type { ArgumentDefinition, Command, OptionDefinition, Verbs } from "../framework/command.js";
import type { CommandContext } from "../framework/context.js";
import type { CommandInput } from "../framework/input.js";
import { isNone, listResult, noneResult, showResult } from "../output/blocks.js";
import type { Result } from "../output/result.js";
import { checkOptions, isArgument, optionDefinition, optionName, ownerOf, readParams } from "./option.js";
import type { Resource } from "./resource.js";

/** The node a command is about. */
export const atOption: OptionDefinition = {
  flags: "--at <node>",
  description: "The node, such as n1 or /node/n1; the default node when left out",
};

/** Deletes without asking. */
export const yesOption: OptionDefinition = { flags: "-y, --yes", description: "Do not ask" };

/** The commands about one kind of thing, by verb. */
export function resourceVerbs(resource: Resource): Verbs {
  const verbs = Object.entries(resource.verbs).map(([verb, { summary, description, examples }]) => {
    const words = {
      ...(description === undefined ? {} : { description }),
      ...(examples === undefined ? {} : { examples }),
    };
    const command = { ...words, ...makers[verb as keyof Resource["verbs"]](resource) };
    return [verb, { summary, load: () => Promise.resolve({ command }) }] as const;
  });
  return Object.fromEntries(verbs);
}

/** The operations of a node about one kind of thing, for commands. */
export interface ResourceClient<Listed> {
  list(options?: CallOptions): Promise<readonly Listed[]>;
  /** An empty list when the node has nothing of the kind. */
  show(name: string): Promise<unknown>;
  delete(name: string): Promise<unknown>;
}

export function resourceClient<Listed>(control: ControlClient, noun: string): ResourceClient<Listed> {
  return {
    list: (options) => control.call(`${noun}.list`, {}, options) as Promise<readonly Listed[]>,
    show: (name) => control.call(`${noun}.show`, { name }),
    delete: (name) => control.call(`${noun}.delete`, { name }),
  };
}

/** The verb by which one is made: `create`, and `start` for services. */
function makingVerb({ verbs }: Resource): "create" | "start" {
  return verbs.start === undefined ? "create" : "start";
}

/** The command that makes one. */
export function makingCommand(resource: Resource): Command {
  const { options } = resource;
  return {
    arguments: options.filter(isArgument).map(({ flags, description }) => ({ syntax: flags, description })),
    options: options.filter((option) => !isArgument(option)).map(optionDefinition),
    async run(context, input) {
      checkOptions(options, input, await context.addresses());
      const node = await context.node(input.text(ownerOf(options)));
      const params = await readParams(options, { context, input, node });
      const { terminal } = context;
      const patienceMs = resource.patienceMs?.(params);
      const call = context.control(node).call(`${resource.noun}.${makingVerb(resource)}`, params, {
        signal: context.signal,
        ...(patienceMs === undefined ? {} : { timeoutMs: patienceMs }),
      });
      const text = resource.waiting?.(params, node);
      const view = await (text === undefined ? call : terminal.spin(text, call));
      return { machine: resource.tell(terminal, { node, params, view }), json: view };
    },
  };
}

function listCommand(resource: Resource): Command {
  return {
    options: nodeOptionsOf(resource),
    async run(context, input) {
      const node = await nodeOf(context, resource, input);
      const views = await resourceClient<unknown>(context.control(node), resource.noun).list();
      return listResult(views, `Node ${node} has no ${resource.many}`, (view) => resource.block(view));
    },
  };
}

function showCommand(resource: Resource): Command {
  return {
    arguments: nameArguments(resource),
    options: nodeOptionsOf(resource),
    async run(context, input) {
      const node = await nodeOf(context, resource, input);
      const name = await chosenName(context, resource, { node, input });
      if (name === undefined) return noneResult;
      const detail = await resourceClient<unknown>(context.control(node), resource.noun).show(name);
      return showResult(detail, (view) => (resource.detailBlock ?? resource.block).call(resource, view));
    },
  };
}

function deleteCommand(resource: Resource): Command {
  const { what, many, deletesAll = false } = resource;
  const allOption = { flags: "--all", description: `Delete all ${many} of the node` };
  return {
    arguments: nameArguments(resource),
    options: [...(deletesAll ? [allOption] : []), ...nodeOptionsOf(resource), yesOption],
    async run(context, input) {
      const node = await nodeOf(context, resource, input);
      if (input.flag("all")) return deleteAll(context, resource, { node, input });
      const name = await chosenName(context, resource, { node, input });
      const client = resourceClient<unknown>(context.control(node), resource.noun);
      // Looked up first, so that a wrong name is an error before anybody is asked.
      if (name === undefined || isNone(await client.show(name))) return noneResult;
      const one = `${what} ${name} of node ${node}`;
      if (!(await context.terminal.confirm(`Delete ${one}?`, input.flag("yes")))) return undefined;
      const deleted = await client.delete(name);
      return isNone(deleted) ? noneResult : { plain: `Deleted ${one}`, json: deleted };
    },
  };
}

const makers = {
  create: makingCommand,
  start: makingCommand,
  list: listCommand,
  show: showCommand,
  delete: deleteCommand,
};

interface Where {
  readonly node: string;
  readonly input: CommandInput;
}

async function deleteAll(
  context: CommandContext,
  resource: Resource,
  { node, input }: Where,
): Promise<Result | undefined> {
  const client = resourceClient<unknown>(context.control(node), resource.noun);
  const views = await client.list();
  if (views.length === 0) return noneResult;
  const all = `${views.length} ${resource.many} of node ${node}`;
  if (!(await context.terminal.confirm(`Delete all ${all}?`, input.flag("yes")))) return undefined;
  const deleted: unknown[] = [];
  for (const view of views) {
    const answer = await client.delete(resource.nameOf(view));
    if (!isNone(answer)) deleted.push(answer);
  }
  return { plain: `Deleted ${deleted.length} ${resource.many} of node ${node}`, json: deleted };
}

function nodeOptionsOf({ nodeOptions = [atOption] }: Resource): readonly OptionDefinition[] {
  return nodeOptions;
}

function nodeOf(context: CommandContext, resource: Resource, input: CommandInput): Promise<string> {
  const names = nodeOptionsOf(resource).map((option) => input.text(optionName(option)));
  return context.node(names.find((name) => name !== undefined));
}

function nameArguments({ noun, name }: Resource): readonly ArgumentDefinition[] {
  return name === undefined ? [] : [{ ...name, completes: { noun } }];
}

/**
 * The name of the thing a command is about: the one given, else the default, else on a terminal the one the user chooses.
 * Nothing when there is nothing to choose from.
 *
 * @throws CliError USAGE_INVALID when nobody can be asked
 */
async function chosenName(
  context: CommandContext,
  resource: Resource,
  { node, input }: Where,
): Promise<string | undefined> {
  const argument = resource.name;
  const given =
    argument === undefined
      ? undefined
      : (input.argument(optionName({ flags: argument.syntax })) ?? argument.default);
  if (given !== undefined) return resource.readName?.(given, await context.addresses()) ?? given;
  const views = await resourceClient<unknown>(context.control(node), resource.noun).list();
  const names = views.map((view) => resource.nameOf(view));
  if (names.length === 0) return undefined;
  const chosen = await context.terminal.choose(`Which ${resource.noun}?`, names);
  if (chosen !== undefined) return chosen;
  throw new CliError("USAGE_INVALID", `Cannot go on without the name of the ${resource.noun}`, {
    hint: `There are: ${names.slice(0, 10).join(", ")}`,
  });
}
