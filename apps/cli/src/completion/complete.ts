import {
  type ArgumentDefinition,
  type Command,
  type CommandTree,
  findEntry,
  flagsOf,
  type HomeNoun,
  homeNouns,
  isVerb,
  type OptionDefinition,
  verbsOf,
} from "../framework/command.js";
import { globalOptions } from "../framework/global-options.js";
import type { Candidate } from "./candidate.js";
import { type RouteSource, routeCandidates } from "./route-candidates.js";

/** What can stand at the end of a command line: one of the candidates, or the name of a file. */
export type Completion = readonly Candidate[] | "files";

/** Where candidates come from. */
export interface CandidateSource extends Omit<RouteSource, "nodeNames"> {
  readonly tree: CommandTree;
  /** The names of all things of a kind that the home has. */
  homeNames(noun: HomeNoun): Promise<readonly string[]>;
  /** The names of the things of a kind that a node has, or the default node; none when it does not answer. */
  thingNames(noun: string, node: string | undefined): Promise<readonly string[]>;
}

/**
 * What the last word of a command line can become. Only what begins with it is given.
 *
 * @param words the words behind `culvert`; the last one is being written, and may be empty
 */
export async function complete(words: readonly string[], source: CandidateSource): Promise<Completion> {
  const line = new LineReader(source.tree);
  for (const word of words.slice(0, -1)) await line.read(word);
  const completion = await candidates(line, words.at(-1) ?? "", source);
  if (completion === "files") return completion;
  return completion.filter(({ value }) => value.startsWith(words.at(-1) ?? ""));
}

/** Follows a command line word by word. */
class LineReader {
  /** The noun and verb so far; no words of the tree if there is one that is none. */
  path: string[] = [];
  command: Command | undefined;
  /** The option whose value comes next. */
  pending: OptionDefinition | undefined;
  /** The positional arguments so far. */
  readonly positionals: string[] = [];
  /** Whether `--` ended the options. */
  areOptionsOver = false;
  /** The node that was named. */
  node: string | undefined;
  readonly given = new Set<OptionDefinition>();
  readonly tree: CommandTree;

  constructor(tree: CommandTree) {
    this.tree = tree;
  }

  get options(): readonly OptionDefinition[] {
    return [...(this.command?.options ?? []), ...globalOptions, helpOption];
  }

  async read(word: string): Promise<void> {
    if (this.pending !== undefined) {
      if (placeholderOf(this.pending) === "node") this.node = word;
      this.pending = undefined;
    } else if (word === "--") this.areOptionsOver = true;
    else if (word.startsWith("-") && !this.areOptionsOver) this.#readOption(word);
    else if (this.command === undefined) await this.#readCommandWord(word);
    else this.positionals.push(word);
  }

  #readOption(word: string): void {
    const [name = "", ...value] = word.split("=");
    const option = this.options.find(({ flags }) => flagsOf(flags).includes(name));
    if (option === undefined) return;
    this.given.add(option);
    if (value.length > 0 && placeholderOf(option) === "node") this.node = value.join("=");
    if (placeholderOf(option) !== undefined && value.length === 0) this.pending = option;
  }

  async #readCommandWord(word: string): Promise<void> {
    this.path.push(word);
    const entry = await findEntry(this.tree, this.path);
    if (entry !== undefined && isVerb(entry)) this.command = (await entry.load()).command;
  }
}

const helpOption: OptionDefinition = { flags: "-h, --help", description: "Show this help" };

async function candidates(line: LineReader, word: string, source: CandidateSource): Promise<Completion> {
  if (line.pending !== undefined) return optionValues(line.pending, line, { word, source });
  const equals = word.indexOf("=");
  if (word.startsWith("--") && equals !== -1 && !line.areOptionsOver) {
    const name = word.slice(0, equals);
    const option = line.options.find(({ flags }) => flagsOf(flags).includes(name));
    const values =
      option === undefined ? [] : await optionValues(option, line, { word: word.slice(equals + 1), source });
    if (values === "files") return values;
    return values.map(({ value, description }) => ({ value: `${name}=${value}`, description }));
  }
  if (word.startsWith("-") && !line.areOptionsOver) return optionNames(line);
  if (line.command === undefined) return commandWords(line);
  const args = line.command.arguments ?? [];
  const argument = args[line.positionals.length] ?? args.at(-1);
  const isThere = line.positionals.length < args.length || argument?.syntax.includes("...") === true;
  if (argument === undefined || !isThere) return [];
  const values = await argumentValues(argument, line, { word, source });
  // Nothing is named twice.
  return values === "files" ? values : values.filter(({ value }) => !line.positionals.includes(value));
}

async function commandWords({ tree, path }: LineReader): Promise<readonly Candidate[]> {
  const entry = await findEntry(tree, path);
  if (path.length > 0 && entry === undefined) return [];
  const children = entry === undefined ? await tree.nouns() : await verbsOf(entry);
  return Object.entries(children).map(([value, { summary }]) => ({ value, description: summary }));
}

function optionNames({ options, given }: LineReader): readonly Candidate[] {
  return options
    .filter((option) => option.hidden !== true)
    .filter((option) => !given.has(option) || option.repeatable === true || option.counted === true)
    .map(({ flags, description }) => ({ value: flagsOf(flags).at(-1) ?? flags, description }));
}

/** What is being written, and where its ends come from. */
interface Writing {
  readonly word: string;
  readonly source: CandidateSource;
}

async function optionValues(
  option: OptionDefinition,
  { node }: LineReader,
  { word, source }: Writing,
): Promise<Completion> {
  if (option.choices !== undefined) return option.choices.map((value) => ({ value, description: "" }));
  const placeholder = placeholderOf(option);
  const noun = homeNouns.find((word) => word === placeholder);
  if (noun !== undefined) return homeThings(noun, source);
  if (placeholder === "file" || placeholder === "folder") return "files";
  if (placeholder === "relay") {
    return (await source.relays()).map(({ name, node: owner }) => ({
      value: name,
      description: `relay of node ${owner}`,
    }));
  }
  return placeholder === "route" ? routeEnds(word, node, source) : [];
}

async function argumentValues(
  { syntax, completes }: ArgumentDefinition,
  { node }: LineReader,
  { word, source }: Writing,
): Promise<Completion> {
  if (typeof completes === "object") {
    const names = await source.thingNames(completes.noun, node);
    return names.map((value) => ({ value, description: completes.noun }));
  }
  if (completes === "file") return "files";
  // Every name is new; what looks like a path is a configuration.
  if (completes === "new-node") return /[./]/.test(word) ? "files" : [];
  if (completes !== undefined) return homeThings(completes, source);
  return /^[<[]route[\]>]$/.test(syntax) ? routeEnds(word, node, source) : [];
}

async function homeThings(noun: HomeNoun, { homeNames }: CandidateSource): Promise<readonly Candidate[]> {
  return (await homeNames(noun)).map((value) => ({ value, description: noun }));
}

function routeEnds(
  word: string,
  node: string | undefined,
  source: CandidateSource,
): Promise<readonly Candidate[]> {
  return routeCandidates(word, node, { ...source, nodeNames: () => source.homeNames("node") });
}

/** `-t, --to <route>` takes a `route`. */
function placeholderOf({ flags }: OptionDefinition): string | undefined {
  return /<([^>]+)>/.exec(flags)?.[1];
}
