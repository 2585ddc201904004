import { CliError } from "../../cli-error.js";
import type { OptionDefinition } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";
import { noneResult } from "../../output/blocks.js";
import type { Result } from "../../output/result.js";
import { yesOption } from "../../registry/common-options.js";

/** Things of a home that have names, one of them being the default. */
export interface NamedThings {
  /** One of them: `vault` */
  readonly what: string;
  /** Several: `vaults` */
  readonly many: string;
  /** The names, and which one is the default. */
  list(): readonly { readonly name: string; readonly isDefault: boolean }[];
  /** Makes sure that there is one of that name. @throws CliError RESOURCE_NOT_FOUND */
  find(name: string): unknown;
  /** Deletes all of these, or none. */
  delete(names: readonly string[]): Promise<void>;
}

/** The options of commands that delete such things. */
export function deleteOptions(many: string): readonly OptionDefinition[] {
  return [{ flags: "-a, --all", description: `Delete all ${many}` }, yesOption];
}

/**
 * The name of the thing a command looks at: the one given, else the default. Nothing when there are none at all.
 *
 * @throws CliError RESOURCE_NOT_FOUND
 */
export function namedThing(things: NamedThings, given: string | undefined): string | undefined {
  const all = things.list();
  if (all.length === 0) return undefined;
  if (given === undefined) return all.find(({ isDefault }) => isDefault)?.name;
  things.find(given);
  return given;
}

/**
 * The same for a command that changes what is there for good: of several, the user chooses on a terminal.
 *
 * @throws CliError RESOURCE_NOT_FOUND; CulvertError ABORTED
 */
export async function chosenThing(
  { terminal }: CommandContext,
  things: NamedThings,
  given: string | undefined,
): Promise<string | undefined> {
  const names = things.list().map(({ name }) => name);
  const isOpen = given === undefined && names.length > 1;
  const chosen = isOpen ? await terminal.choose(`Which ${things.what}?`, names) : given;
  return namedThing(things, chosen);
}

async function chosenThings(
  context: CommandContext,
  things: NamedThings,
  given: readonly string[],
): Promise<readonly string[]> {
  const asked = given.length === 0 ? [undefined] : [...new Set(given)];
  const names = await Promise.all(asked.map((name) => chosenThing(context, things, name)));
  return names.filter((name) => name !== undefined);
}

/**
 * Deletes the things that are named, or all of them.
 *
 * @throws CliError USAGE_INVALID for both at once, RESOURCE_NOT_FOUND, CONFIRMATION_NEEDED, and what deleting throws
 */
export async function deleteNamed(
  context: CommandContext,
  things: NamedThings,
  input: CommandInput,
): Promise<Result | undefined> {
  const { terminal } = context;
  const { what, many } = things;
  const given = input.argumentList("name");
  const all = things.list().map(({ name }) => name);
  const names = input.flag("all") ? all : await chosenThings(context, things, given);
  if (given.length > 0 && input.flag("all")) {
    throw new CliError(
      "USAGE_INVALID",
      `Cannot delete a named ${what} and all ${many}: give one of NAME and --all`,
    );
  }
  if (names.length === 0) return noneResult;
  const which = names.length === 1 ? what : `${names.length} ${many}:`;
  if (!(await terminal.confirm(`Delete ${which} ${names.join(", ")}?`, input.flag("yes")))) return undefined;
  await things.delete(names);
  const { green } = terminal.resultStyle;
  const json = names.map((name) => ({ name }));
  return {
    plain: names.map((name) => `${green("✔")} Deleted ${what} ${name}`).join("\n"),
    machine: names.join("\n"),
    json: input.flag("all") || names.length > 1 ? json : json[0],
  };
}
