import type { GenericSchema } from "valibot";
import { CliError } from "../cli-error.js";
import type { OptionDefinition } from "../framework/command.js";
import type { CommandContext } from "../framework/context.js";
import type { CommandInput } from "../framework/input.js";
import type { AddressSyntax } from "../syntax/multi-address.js";

/** What reading an option may look at. */
export interface Reading {
  readonly context: CommandContext;
  readonly input: CommandInput;
  /** The node that the thing is on. */
  readonly node: string;
}

/** A kind of value: how it is written, and what it is when it was read. */
export interface ValueKind<T> {
  /** The value, as it crosses the control socket and stands in the state. */
  readonly schema: GenericSchema<unknown, T>;
  /** `flag`: it is there or not. `switch`: `on` or `off`. `list`: several texts. Default: one text. */
  readonly form?: "flag" | "switch" | "list";
  /** What one item of a list is, for error texts: `a route`. */
  readonly item?: string;
  /** The only texts there are. */
  readonly choices?: readonly string[];
  /**
   * Checks one text by itself.
   *
   * @param what the option, for the error: `--timeout`
   * @throws CliError USAGE_INVALID
   */
  check(text: string, what: string, addresses: AddressSyntax): unknown;
  /** The value of checked texts: one, or those of a list. */
  read(texts: readonly string[], what: string, reading: Reading): T | Promise<T>;
  /** A value as it is written: what is read from it is the same. Default: a list as it is, all else as text. */
  write?(value: T): string | readonly string[];
  /** Whether a thing that has one value is as whoever wants the other would have it. Default: they are alike. */
  suits?(wanted: T, has: T): boolean;
  /** Whether a value that a thing has would be another one if what is written of it were read now. Default: it would not. */
  isStale?(has: T, context: CommandContext): Promise<boolean>;
  /** The value where nothing is given. Default: there is none. */
  absent?(reading: Reading): T | Promise<T>;
}

/** One option or positional argument of the command that makes a thing, and what becomes of it. */
export interface Option<As extends string = string, T = unknown, Always extends boolean = boolean> {
  /** The parameter it gives. Empty when others alone read it. */
  readonly as: As;
  readonly kind: ValueKind<T>;
  /** Whether the parameter is always there: its kind knows what stands in its place. */
  readonly always: Always;
  /** As commander reads it: `--to <route>`; an argument's `[name]`. */
  readonly flags: string;
  readonly description: string;
  readonly default?: string;
  readonly required?: boolean;
  /** Whether it names the node that the thing is on. */
  readonly isOwner?: boolean;
  /** Whether it counts for the making alone, and is not kept. */
  readonly once?: boolean;
  /** Its key in configurations. Default: its name. */
  readonly key?: string;
}

/** The parameters that options give. */
export type ParamsOf<O extends readonly Option[]> = {
  readonly [X in O[number] as X extends Option<string, unknown, true> ? Named<X> : never]: ValueOf<X>;
} & { readonly [X in O[number] as X extends Option<string, unknown, false> ? Named<X> : never]?: ValueOf<X> };

type Named<X extends Option> = X["as"] extends "" ? never : X["as"];
type ValueOf<X extends Option> = X extends Option<string, infer T> ? T : never;
/** What is said of an option beside its parameter and its kind. */
type Said = Pick<Option, "flags" | "description"> & Partial<Omit<Option, "as" | "kind">>;
type AlwaysOf<S extends Said> = S extends { required: true } | { default: string } | { always: true }
  ? true
  : false;

/**
 * An option by the parameter it gives, which is always there where the option is required, has a default, or is said to be.
 *
 * @param as empty when others alone read it
 */
export function option<const As extends string, T, const S extends Said>(
  as: As,
  kind: ValueKind<T>,
  said: S,
): Option<As, T, AlwaysOf<S>> {
  const always = said.required === true || said.default !== undefined || said.always === true;
  return { ...said, as, kind, always: always as AlwaysOf<S> };
}

/** Says whether an option is a positional argument. */
export function isArgument({ flags }: Option): boolean {
  return !flags.startsWith("-");
}

/** `-t, --to <route>` is `to`, `[name]` and `[name...]` are `name`. */
export function optionName({ flags }: Pick<Option, "flags">): string {
  return /--([a-z][a-z0-9-]*)/.exec(flags)?.[1] ?? flags.replace(/^[[<]|(?:\.\.\.)?[\]>]$/g, "");
}

/** The key of an option in configurations. */
export function optionKey(option: Option): string {
  return option.key ?? optionName(option);
}

/** The name of the option that says which node a thing is on. */
export function ownerOf(options: readonly Option[]): string {
  const owner = options.find(({ isOwner }) => isOwner === true);
  return owner === undefined ? "at" : optionName(owner);
}

/** The parameter that an option of that key gives. */
export function parameterOf(options: readonly Option[], key: string): string | undefined {
  return options.find((one) => optionKey(one) === key)?.as;
}

/** How messages call an option: `--to`, or the name of an argument. */
export function optionTitle(option: Option): string {
  return isArgument(option) ? optionName(option) : `--${optionName(option)}`;
}

/** An option as a command has it. */
export function optionDefinition({ flags, description, kind, ...more }: Option): OptionDefinition {
  return {
    flags,
    description,
    ...(more.default === undefined ? {} : { default: more.default }),
    ...(more.required === undefined ? {} : { required: more.required }),
    ...(kind.form === "list" ? { repeatable: true } : {}),
    ...(kind.choices === undefined ? {} : { choices: kind.choices }),
  };
}

/** The texts that were given for an option; `--no-x` takes the place of a text of `--x`, whose default counts then. */
function textsOf(option: Option, input: CommandInput): readonly string[] {
  const name = optionName(option);
  if (isArgument(option)) return present(input.argument(name) ?? option.default);
  if (option.kind.form === "flag") return input.flag(name) ? ["true"] : [];
  if (option.kind.form === "list") return input.texts(name);
  return present(input.text(name) ?? option.default);
}

function present(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [text];
}

/**
 * Checks what was given, option by option.
 *
 * @throws CliError USAGE_INVALID
 */
export function checkOptions(
  options: readonly Option[],
  input: CommandInput,
  addresses: AddressSyntax,
): void {
  for (const option of options) {
    for (const text of textsOf(option, input)) option.kind.check(text, optionTitle(option), addresses);
  }
}

/**
 * The parameters that were given.
 *
 * @throws CliError USAGE_INVALID where two options give one parameter different values; and what reading throws
 */
export async function readParams(
  options: readonly Option[],
  reading: Reading,
): Promise<Readonly<Record<string, unknown>>> {
  const params: Record<string, unknown> = {};
  for (const option of options) {
    const { as, kind } = option;
    const texts = textsOf(option, reading.input);
    if (as === "") continue;
    if (texts.length > 0) {
      const value = await kind.read(texts, optionTitle(option), reading);
      if (Object.hasOwn(params, as) && params[as] !== value) throw contradiction(as, params[as], value);
      params[as] = value;
    } else if (kind.absent !== undefined) params[as] = await kind.absent(reading);
  }
  return params;
}

function contradiction(what: string, first: unknown, second: unknown): CliError {
  const problem = `it is both ${JSON.stringify(first)} and ${JSON.stringify(second)}`;
  return new CliError("USAGE_INVALID", `Cannot use ${what}: ${problem}`, { hint: "Give one of the two" });
}
