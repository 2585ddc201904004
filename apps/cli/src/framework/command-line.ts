import {
  type CommandTree,
  flagsOf,
  isVerb,
  type NounEntry,
  ownEntry,
  type VerbEntry,
  verbOf,
  verbsOf,
} from "./command.js";
import { globalOptions } from "./global-options.js";

/** What the first words of a command line ask for. */
export type CommandLine =
  | {
      readonly kind: "command";
      readonly words: readonly string[];
      readonly entry: VerbEntry;
      readonly rest: readonly string[];
    }
  | { readonly kind: "help"; readonly words: readonly string[] }
  | { readonly kind: "version" }
  /** A noun without a verb, or words that are none. */
  | { readonly kind: "incomplete"; readonly words: readonly string[]; readonly unknown: string | undefined };

/** Global options that take the next argument as their value. */
const valueFlags = new Set(
  globalOptions.filter(({ flags }) => flags.includes("<")).flatMap(({ flags }) => flagsOf(flags)),
);

/** Finds noun and verb; global options may stand before, between and after them. */
export async function readCommandLine(argv: readonly string[], tree: CommandTree): Promise<CommandLine> {
  const words: string[] = [];
  const options: string[] = [];
  let level: NounEntry | undefined;
  for (let index = 0; index < argv.length; index++) {
    const arg = argv[index] as string;
    if (arg.startsWith("-")) {
      const rest = argv.slice(index);
      if (isVersion(arg) && words.length === 0) return { kind: "version" };
      if (arg === "--help" || arg === "-h") return { kind: "help", words };
      options.push(arg);
      if (valueFlags.has(arg) && rest.length > 1) options.push(argv[++index] as string);
      continue;
    }
    if (arg === "help" && words.length === 0)
      return { kind: "help", words: wordsOnly(argv.slice(index + 1)) };
    const word = level === undefined ? arg : verbOf(await verbsOf(level), arg);
    const entry: NounEntry | undefined =
      level === undefined ? await tree.find(arg) : ownEntry(await verbsOf(level), word);
    if (entry === undefined) {
      const entry = otherwiseOf(level);
      if (entry === undefined) return { kind: "incomplete", words, unknown: arg };
      return { kind: "command", words, entry, rest: [...options, ...argv.slice(index)] };
    }
    words.push(word);
    if (isVerb(entry)) return { kind: "command", words, entry, rest: [...options, ...argv.slice(index + 1)] };
    level = entry;
  }
  const entry = otherwiseOf(level);
  if (entry !== undefined) return { kind: "command", words, entry, rest: options };
  return { kind: "incomplete", words, unknown: undefined };
}

function otherwiseOf(level: NounEntry | undefined): VerbEntry | undefined {
  return level === undefined || isVerb(level) ? undefined : level.otherwise;
}

function isVersion(arg: string): boolean {
  return arg === "--version" || arg === "-V";
}

function wordsOnly(args: readonly string[]): string[] {
  return args.filter((arg) => !arg.startsWith("-"));
}
