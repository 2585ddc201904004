import { Argument, Command as CommanderCommand, CommanderError, Option } from "commander";
import { CliError } from "../cli-error.js";
import {
  type Command,
  type CommandTree,
  findEntry,
  isVerb,
  type OptionDefinition,
  type VerbEntry,
  verbsOf,
} from "./command.js";
import { globalOptions } from "./global-options.js";
import { CommandInput } from "./input.js";
import { topHelp } from "./top-help.js";

/** What parsing gives: the input of the command and the values of the global options, or a help text to print. */
export type Parsed =
  | { readonly input: CommandInput; readonly options: Readonly<Record<string, unknown>> }
  | { readonly help: string };

/**
 * Reads the arguments of one command.
 *
 * @param words the noun and verb: `["node", "create"]`
 * @throws CliError USAGE_INVALID
 */
export function parseArguments(
  words: readonly string[],
  entry: VerbEntry,
  command: Command,
  args: readonly string[],
): Parsed {
  const parser = createParser(words, entry, command);
  try {
    parser.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return { help: helpOf(parser) };
    throw usageError(error, words);
  }
  const options = optionValues(parser);
  return { input: new CommandInput(argumentValues(parser), options), options };
}

/** The help of the whole command, of a noun, or of one command. */
export async function helpFor(tree: CommandTree, words: readonly string[]): Promise<string> {
  const entry = await findEntry(tree, words);
  const verb = entry === undefined || isVerb(entry) ? entry : entry.otherwise;
  if (verb !== undefined) {
    const { command } = await verb.load();
    return helpOf(createParser(words, verb, command));
  }
  if (entry === undefined) return topHelp(tree);
  return helpOf(await createOverview(tree, words.slice(0, 1)));
}

/** The error for a word that is no command, with a suggestion where one is near. */
export async function unknownCommandError(
  tree: CommandTree,
  words: readonly string[],
  unknown: string,
): Promise<CliError> {
  const overview = await createOverview(tree, words);
  try {
    overview.parse([unknown], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return usageError(error, words);
  }
  return new CliError("USAGE_INVALID", `Cannot run "${unknown}": there is no such command`);
}

function createParser(words: readonly string[], entry: VerbEntry, command: Command): CommanderCommand {
  const parser = bareCommand(words)
    .description([entry.summary, command.description].filter(Boolean).join("\n\n"))
    .allowExcessArguments(false);
  for (const { syntax, description } of command.arguments ?? [])
    parser.addArgument(new Argument(syntax, description));
  addOptions(parser, "Options:", command.options ?? []);
  addOptions(parser, "Global options:", globalOptions);
  if (command.examples !== undefined) parser.addHelpText("after", exampleText(command.examples));
  return parser;
}

async function createOverview(tree: CommandTree, words: readonly string[]): Promise<CommanderCommand> {
  const overview = bareCommand(words).helpCommand(false);
  const entry = await findEntry(tree, words);
  const children = entry === undefined ? await tree.nouns() : await verbsOf(entry);
  overview.description(entry?.summary ?? "");
  for (const [word, { summary }] of Object.entries(children))
    overview
      .command(word)
      .description(summary)
      .action(() => {});
  return overview;
}

function bareCommand(words: readonly string[]): CommanderCommand {
  return new CommanderCommand(["culvert", ...words].join(" "))
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .helpOption("-h, --help", "Show this help")
    .configureHelp({ minWidthToWrap: 20 });
}

function addOptions(parser: CommanderCommand, group: string, definitions: readonly OptionDefinition[]): void {
  parser.optionsGroup(group);
  for (const definition of definitions) {
    const option = new Option(definition.flags, definition.description).helpGroup(group);
    if (definition.choices !== undefined) option.choices(definition.choices);
    if (definition.required === true) option.makeOptionMandatory();
    if (definition.hidden === true) option.hideHelp();
    if (definition.default !== undefined) option.default(definition.default);
    if (definition.repeatable === true) option.argParser(collect);
    if (definition.counted === true) option.argParser(count);
    parser.addOption(option);
  }
}

function collect(value: string, earlier: unknown): string[] {
  return Array.isArray(earlier) ? [...earlier, value] : [value];
}

function count(_value: unknown, earlier: unknown): number {
  return typeof earlier === "number" ? earlier + 1 : 1;
}

/** Values by the long flag without dashes; a `--no-x` flag is `no-x: true` when it was given. */
function optionValues(parser: CommanderCommand): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const option of parser.options) {
    const name = (option.long ?? option.flags).replace(/^--/, "");
    const value: unknown = parser.getOptionValue(option.attributeName());
    if (option.negate) values[name] = value === false;
    else if (value !== undefined) values[name] = value;
  }
  return values;
}

function argumentValues(parser: CommanderCommand): Map<string, string | readonly string[]> {
  const values = new Map<string, string | readonly string[]>();
  for (const [index, argument] of parser.registeredArguments.entries()) {
    const value: unknown = parser.processedArgs[index];
    if (typeof value === "string") values.set(argument.name(), value);
    else if (Array.isArray(value)) values.set(argument.name(), value as string[]);
  }
  return values;
}

function usageError(error: CommanderError, words: readonly string[]): CliError {
  const [first = "", ...more] = error.message.replace(/^error: /, "").split("\n");
  const suggestion = more.join(" ").trim();
  const where = ["culvert", ...words, "--help"].join(" ");
  const hint =
    suggestion === "" ? `See \`${where}\`` : `${suggestion.replace(/^\(|\)$/g, "")} See \`${where}\``;
  return new CliError("USAGE_INVALID", first.charAt(0).toUpperCase() + first.slice(1), { hint });
}

function exampleText(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((example) => `  culvert ${example}`).join("\n")}`;
}

function helpOf(command: CommanderCommand): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    writeErr: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text.trimEnd();
}
