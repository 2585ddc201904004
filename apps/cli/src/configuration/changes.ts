import type { CommandContext } from "../framework/context.js";
import { differences, type Params } from "../registry/differences.js";
import {
  isArgument,
  type Option,
  optionKey,
  optionName,
  type Reading,
  readParams,
} from "../registry/option.js";
import type { Resource } from "../registry/resource.js";
import type { Changes, NamedParams } from "../runtime/resource-table.js";
import type { Arguments } from "./arguments.js";
import { inputOf } from "./create-resource.js";
import { identityOf } from "./standing.js";

/** What makes a thing that is there what a configuration says of it. */
export interface ThingChange extends Changes {
  /** The keys of what differs. */
  readonly changed: readonly string[];
  /** Whether it is closed and made anew for that, as far as is known. */
  readonly isAnew: boolean;
}

/** Where a thing is, and what a configuration says of it. */
export interface WantedThing {
  readonly kind: Resource;
  readonly node: string;
  readonly given: Arguments;
}

/**
 * What differs between a thing that is there and what is said of it; nothing where it is so already.
 *
 * @throws CliError, CulvertError what reading its options throws, such as NODE_NOT_FOUND for a route to a node
 */
export async function changesOf(
  context: CommandContext,
  { kind, node, given }: WantedThing,
  has: NamedParams,
): Promise<ThingChange | undefined> {
  const input = inputOf(kind, given);
  const params = await readParams(kind.options, { context, input, node });
  const wanted = withIdentity(kind, plainOf(kind, params), has.params);
  const different = differences(kind.options, wanted, has.params);
  const names = [...new Set([...different, ...(await staleParams(context, kind, has.params))])];
  if (names.length === 0) return undefined;
  const once = kind.options.filter((option) => option.once === true).map(({ as }) => as);
  const set = Object.fromEntries(
    [...names, ...once].filter((name) => wanted[name] !== undefined).map((name) => [name, wanted[name]]),
  );
  const unset = names.filter((name) => wanted[name] === undefined);
  return { set, unset, ...toldOf(kind, names) };
}

/**
 * The same as far as it can be told while nodes, or relays, that routes lead through are not there: what cannot be read is
 * compared as it is written.
 */
export async function likelyChangesOf(
  context: CommandContext,
  { kind, node, given }: WantedThing,
  has: NamedParams,
): Promise<Pick<ThingChange, "changed" | "isAnew"> | undefined> {
  const reading: Reading = { context, input: inputOf(kind, given), node };
  const names: string[] = [];
  let wanted: Params = {};
  for (const option of kind.options.filter(({ as, once }) => as !== "" && once !== true)) {
    try {
      wanted = { ...wanted, ...(await readParams([option], reading)) };
    } catch {
      if (!isWritten(option, given, has.params)) names.push(option.as);
      wanted = { ...wanted, [option.as]: has.params[option.as] };
    }
  }
  const plain = withIdentity(kind, plainOf(kind, wanted), has.params);
  const stale = await staleParams(context, kind, has.params);
  const all = [...new Set([...names, ...differences(kind.options, plain, has.params), ...stale])];
  return all.length === 0 ? undefined : toldOf(kind, all);
}

/** What tells a thing that is wanted from others of its kind; nothing where nobody said it. */
export async function wantedIdentity(
  context: CommandContext,
  { kind, node, given }: WantedThing,
): Promise<string | undefined> {
  const reading: Reading = { context, input: inputOf(kind, given), node };
  const params: Record<string, unknown> = {};
  for (const option of kind.options.filter(({ as, once }) => as !== "" && once !== true)) {
    const text = given[optionKey(option)];
    // A route that cannot be read now is known by its text.
    const written = text === undefined ? {} : { [option.as]: { hops: [], text: String(text) } };
    Object.assign(params, await readParams([option], reading).catch(() => written));
  }
  return identityOf(kind, plainOf(kind, params));
}

async function staleParams(
  context: CommandContext,
  { options }: Resource,
  has: Params,
): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const { as, kind } of options) {
    if (has[as] !== undefined && (await kind.isStale?.(has[as], context)) === true) stale.push(as);
  }
  return stale;
}

function plainOf(kind: Resource, params: Params): Params {
  return (kind.plain?.(params) as Params | undefined) ?? params;
}

/** One that nobody named has the name it was given. */
function withIdentity(kind: Resource, wanted: Params, has: Params): Params {
  if (identityOf(kind, wanted) !== undefined || kind.unique === undefined) return wanted;
  const own = kind.options.find((option) => optionKey(option) === kind.unique)?.as ?? "";
  return { ...wanted, [own]: has[own] };
}

function isWritten(option: Option, given: Arguments, has: Params): boolean {
  const value = has[option.as];
  const texts = [given[optionKey(option)]].flat().map(String);
  if (value === undefined) return false;
  const written = [option.kind.write?.(value) ?? String(value)].flat();
  // Beside --via only the end is written.
  return texts.length === written.length && written.every((text, index) => text.endsWith(texts[index] ?? ""));
}

function toldOf(kind: Resource, names: readonly string[]): Pick<ThingChange, "changed" | "isAnew"> {
  const keys = names.map((name) => {
    const option = kind.options.find(({ as }) => as === name);
    return option === undefined ? name : isArgument(option) ? optionKey(option) : optionName(option);
  });
  return { changed: keys, isAnew: !names.every((name) => kind.changeable?.includes(name)) };
}
