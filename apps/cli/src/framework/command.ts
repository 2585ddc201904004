import type { Result } from "../output/result.js";
import type { AddressSyntax } from "../syntax/multi-address.js";
import type { CommandContext } from "./context.js";
import type { CommandInput } from "./input.js";

/**
 * One command of the command line.
 *
 * Those about things that nodes have follow from `src/resources`. To add another one:
 * 1. write `src/commands/<noun>/<verb>.ts`, which exports `command` of this type and imports what is slow inside `run`;
 * 2. give it a line in `src/command-tree.ts`.
 *
 * Global options (`--output`, `--jq`, `--quiet`, …) are added to each command and already obeyed by `context`.
 *
 * ```ts
 * export const command: Command = {
 *   arguments: [{ syntax: "[text]", description: "What to look for" }],
 *   options: [{ flags: "--at <node>", description: "The node" }],
 *   async run(context, input) {
 *     const node = await context.node(input.text("at"));
 *     const workers = await context.control(node).call("worker.list", {});
 *     return { plain: `Node ${node} has ${workers.length} workers`, json: workers };
 *   },
 * };
 * ```
 */
export interface Command {
  /** What people read below the usage line, where the summary is not enough. */
  readonly description?: string;
  /** Positional arguments in order. */
  readonly arguments?: readonly ArgumentDefinition[];
  readonly options?: readonly OptionDefinition[];
  /** Command lines for the help, without the word `culvert`. */
  readonly examples?: readonly string[];
  /**
   * Does the work and returns what standard output shall carry, or nothing.
   *
   * @throws CulvertError, CliError: shown with their code and mapped to an exit code
   */
  run(context: CommandContext, input: CommandInput): Promise<Result | undefined>;
}

/** Kinds of things that a home has, by which shells complete arguments, and options such as `--at <node>`. */
export const homeNouns = ["node", "identity", "vault"] as const;

/** One of {@link homeNouns}. */
export type HomeNoun = (typeof homeNouns)[number];

/** A positional argument. */
export interface ArgumentDefinition {
  /** `<name>` when it must be there, `[name]` when it need not, `[names...]` for several. */
  readonly syntax: string;
  readonly description: string;
  /**
   * What shells complete it with, where the syntax does not say it. `new-node`: a name nobody has, or a file. A noun: the things
   * of that kind that the node has.
   */
  readonly completes?: HomeNoun | "new-node" | "file" | { readonly noun: string };
}

/** An option of a command. */
export interface OptionDefinition {
  /** As commander reads it: `-t, --to <route>`, `--all`, `--http-server-port <port>`. */
  readonly flags: string;
  readonly description: string;
  /** The value when the option is absent, shown in the help. */
  readonly default?: string;
  /** Whether it may be given several times; read it with `input.texts`. */
  readonly repeatable?: boolean;
  /** Whether it is a flag whose value is how often it was given. */
  readonly counted?: boolean;
  /** Without it the command cannot run. */
  readonly required?: boolean;
  /** The only values there are. */
  readonly choices?: readonly string[];
  /** Left out of the help: an alias. */
  readonly hidden?: boolean;
}

/** One verb: what it does, and the command that does it, loaded when it is needed. */
export interface VerbEntry {
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** The verbs of a noun, in the order of the help. */
export type Verbs = Readonly<Record<string, VerbEntry>>;

/** One noun with its verbs, which may be loaded when they are needed, or a command of one word. */
export type NounEntry =
  | VerbEntry
  | {
      readonly summary: string;
      readonly verbs: Verbs | (() => Promise<Verbs>);
      /** What is meant where no verb follows: `share 3000`. */
      readonly otherwise?: VerbEntry;
    };

/** All commands by noun. */
export interface CommandTree {
  /** In the order of the help. */
  nouns(): Promise<Readonly<Record<string, NounEntry>>>;
  /** The nouns to begin with, for the help of the whole command. */
  readonly mainNouns: readonly string[];
  /** Command lines that lead from one node to another, for the same. */
  readonly story: readonly string[];
  /** One noun, found with less work than all of them. */
  find(word: string): Promise<NounEntry | undefined>;
  /** Routes as people write them, with all transports there are. */
  addresses(): Promise<AddressSyntax>;
}

/** Says whether an entry of the tree is a command, not a noun with verbs. */
export function isVerb(entry: NounEntry): entry is VerbEntry {
  return "load" in entry;
}

/** The verbs of an entry; none of a command of one word. */
export async function verbsOf(entry: NounEntry): Promise<Verbs> {
  if (isVerb(entry)) return {};
  return typeof entry.verbs === "function" ? entry.verbs() : entry.verbs;
}

/** Short words for verbs, as other tools have them. The first that a noun has is meant. */
const verbAliases: Readonly<Record<string, readonly string[]>> = {
  ls: ["list"],
  rm: ["delete", "remove"],
};

/** The verb that a word stands for: itself, or what it is short for. */
export function verbOf(verbs: Verbs, word: string): string {
  if (Object.hasOwn(verbs, word)) return word;
  return ownEntry(verbAliases, word)?.find((verb) => Object.hasOwn(verbs, verb)) ?? word;
}

/** `-t, --to <route>` is `-t` and `--to`. */
export function flagsOf(flags: string): readonly string[] {
  return flags.match(/(?<![\w-])--?[a-z][\w-]*/gi) ?? [];
}

/** The entry that words lead to, as far as they lead. */
export async function findEntry(
  tree: CommandTree,
  [noun, verb]: readonly string[],
): Promise<NounEntry | undefined> {
  const entry = noun === undefined ? undefined : await tree.find(noun);
  if (verb === undefined || entry === undefined || isVerb(entry)) return entry;
  const verbs = await verbsOf(entry);
  return ownEntry(verbs, verbOf(verbs, verb));
}

/** The entry of a word; nothing for words such as `constructor`. */
export function ownEntry<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
