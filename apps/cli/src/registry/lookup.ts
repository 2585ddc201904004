import { CliError } from "../cli-error.js";
import type { ArgumentDefinition, OptionDefinition } from "../framework/command.js";
import type { CommandContext } from "../framework/context.js";
import type { CommandInput } from "../framework/input.js";
import { atOption } from "./common-options.js";
import { optionName } from "./option.js";
import type { Resource } from "./resource.js";
import { type ResourceClient, resourceClient } from "./resource-client.js";

/** Where a command looks for things of a kind. */
export interface Place {
  readonly node: string;
  readonly client: ResourceClient<unknown>;
  /** Says that there is nothing of the kind there. */
  readonly none: string;
}

/** The options that name the node of a command which looks for things. */
export function nodeOptionsOf({ nodeOptions = [atOption] }: Resource): readonly OptionDefinition[] {
  return nodeOptions;
}

/** The node that a command looks on; nothing where there are no nodes. */
export async function placeOf(
  context: CommandContext,
  resource: Resource,
  input: CommandInput,
): Promise<Place | undefined> {
  const names = nodeOptionsOf(resource).map((option) => input.text(optionName(option)));
  const node = await context.nodeIfAny(names.find((name) => name !== undefined));
  if (node === undefined) return undefined;
  const client = resourceClient<unknown>(context.control(node), resource.noun);
  return { node, client, none: `Node ${node} has no ${resource.many}` };
}

/** The argument that names one thing, or several. */
export function nameArguments({ noun, name }: Resource, several = false): readonly ArgumentDefinition[] {
  if (name === undefined) return [];
  const { description } = name;
  const syntax = several ? name.syntax.replace(/[\]>]$/, "...$&") : name.syntax;
  return [{ syntax, description, completes: { noun } }];
}

/**
 * The names of the things a command is about: those given, else the default, else on a terminal the one the user chooses.
 * None when there is nothing to choose from.
 *
 * @throws CliError USAGE_INVALID when nobody can be asked
 */
export async function chosenNames(
  context: CommandContext,
  resource: Resource,
  { place, input }: { readonly place: Place; readonly input: CommandInput },
): Promise<readonly string[]> {
  const given = givenNames(resource, input);
  const addresses = await context.addresses();
  if (given.length > 0) return given.map((name) => resource.readName?.(name, addresses) ?? name);
  const names = (await place.client.list()).map((view) => resource.nameOf(view));
  if (names.length === 0) return [];
  const chosen = await context.terminal.choose(`Which ${resource.noun}?`, names);
  if (chosen !== undefined) return [chosen];
  throw new CliError("USAGE_INVALID", `Cannot go on without the name of the ${resource.noun}`, {
    hint: `There are: ${names.slice(0, 10).join(", ")}`,
  });
}

function givenNames({ name }: Resource, input: CommandInput): readonly string[] {
  if (name === undefined) return [];
  const key = optionName({ flags: name.syntax });
  const one = input.argument(key);
  const given = one === undefined ? input.argumentList(key) : [one];
  if (given.length > 0 || name.default === undefined) return [...new Set(given)];
  return [name.default];
}
