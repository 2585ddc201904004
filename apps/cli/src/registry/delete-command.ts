import type { Command } from "../framework/command.js";
import type { CommandContext } from "../framework/context.js";
import { isNone, noNodes, noneOf } from "../output/blocks.js";
import type { Result } from "../output/result.js";
import { yesOption } from "./common-options.js";
import { chosenNames, nameArguments, nodeOptionsOf, type Place, placeOf } from "./lookup.js";
import type { Resource } from "./resource.js";

/** The words of the two verbs that end things. */
function wordsOf({ verbs }: Resource): { readonly ask: string; readonly done: string } {
  return verbs.stop === undefined ? { ask: "Delete", done: "Deleted" } : { ask: "Stop", done: "Stopped" };
}

/** The command that deletes one, several, or all. */
export function deleteCommand(resource: Resource): Command {
  const { many, deletesAll = false } = resource;
  const allOption = { flags: "--all", description: `Delete all ${many} of the node` };
  return {
    arguments: nameArguments(resource, true),
    options: [...(deletesAll ? [allOption] : []), ...nodeOptionsOf(resource), yesOption],
    async run(context, input) {
      const place = await placeOf(context, resource, input);
      if (place === undefined) return noneOf(noNodes);
      const yes = input.flag("yes");
      if (input.flag("all")) return deleteAll(context, resource, place, yes);
      const names = await chosenNames(context, resource, { place, input });
      return deleteNamed(context, resource, { ...place, names, yes });
    },
  };
}

interface Named extends Place {
  readonly names: readonly string[];
  readonly yes: boolean;
}

async function deleteNamed(
  context: CommandContext,
  resource: Resource,
  { node, client, none, names, yes }: Named,
): Promise<Result | undefined> {
  // Looked up first, so that a wrong name is an error before anybody is asked, and before anything is deleted.
  for (const name of names) if (isNone(await client.show(name))) return noneOf(none);
  if (names.length === 0) return noneOf(none);
  const all = `${names.length === 1 ? resource.what : resource.many} ${names.join(", ")} of node ${node}`;
  const { ask, done } = wordsOf(resource);
  if (!(await context.terminal.confirm(`${ask} ${all}?`, yes))) return undefined;
  const deleted: unknown[] = [];
  for (const name of names) deleted.push(await client.delete(name));
  return { plain: `${done} ${all}`, json: names.length === 1 ? deleted[0] : deleted };
}

async function deleteAll(
  context: CommandContext,
  resource: Resource,
  { node, client, none }: Place,
  yes: boolean,
): Promise<Result | undefined> {
  const views = await client.list();
  if (views.length === 0) return noneOf(none);
  const all = `${views.length} ${resource.many} of node ${node}`;
  if (!(await context.terminal.confirm(`Delete all ${all}?`, yes))) return undefined;
  const deleted: unknown[] = [];
  for (const view of views) {
    const answer = await client.delete(resource.nameOf(view));
    if (!isNone(answer)) deleted.push(answer);
  }
  return { plain: `Deleted ${deleted.length} ${resource.many} of node ${node}`, json: deleted };
}
