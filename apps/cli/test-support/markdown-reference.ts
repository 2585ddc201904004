import {
  type Command,
  type CommandTree,
  isVerb,
  type OptionDefinition,
  type VerbEntry,
  verbsOf,
} from "../src/framework/command.js";
import { globalOptions } from "../src/framework/global-options.js";

const beginning = `# Reference of the command line

Made from the definitions of the commands: \`pnpm vitest run apps/cli/src/command-tree.test.ts -u\` writes it anew.
Each command takes \`--help\`, and the options of all commands. \`ls\` and \`rm\` are short for \`list\` and \`delete\`.
`;

/** All commands with their arguments, options and examples, as Markdown. */
export async function markdownReference(tree: CommandTree): Promise<string> {
  const parts = [beginning, "## Options of all commands\n", table("option", globalOptions.map(optionRow))];
  for (const [noun, entry] of Object.entries(await tree.nouns())) {
    parts.push(`## ${noun}\n`, `${entry.summary}.\n`);
    if (isVerb(entry)) parts.push(...(await describe(noun, entry)).slice(1));
    else {
      for (const [verb, verbEntry] of Object.entries(await verbsOf(entry))) {
        parts.push(...(await describe(`${noun} ${verb}`, verbEntry)));
      }
    }
  }
  return `${parts.join("\n").trimEnd()}\n`;
}

async function describe(words: string, { summary, load }: VerbEntry): Promise<readonly string[]> {
  const { command } = await load();
  const { description, examples = [] } = command;
  const options = (command.options ?? []).filter(({ hidden }) => hidden !== true);
  return [
    `### ${words}\n\n${summary}.\n`,
    `\`\`\`\nculvert ${usage(words, command)}\n\`\`\`\n`,
    ...(description === undefined ? [] : [`${markdown(description)}\n`]),
    ...(command.arguments === undefined || command.arguments.length === 0
      ? []
      : [
          table(
            "argument",
            command.arguments.map(({ syntax, description: text }) => [syntax, text]),
          ),
        ]),
    ...(options.length === 0 ? [] : [table("option", options.map(optionRow))]),
    ...(examples.length === 0
      ? []
      : [`\`\`\`sh\n${examples.map((text) => `culvert ${text}`).join("\n")}\n\`\`\`\n`]),
  ];
}

function usage(words: string, command: Command): string {
  const options = (command.options ?? []).some(({ hidden }) => hidden !== true) ? ["[options]"] : [];
  return [words, ...options, ...(command.arguments ?? []).map(({ syntax }) => syntax)].join(" ");
}

function optionRow({
  flags,
  description,
  required,
  choices,
  ...option
}: OptionDefinition): readonly [string, string] {
  const notes = [
    ...(required === true ? ["required"] : []),
    ...(choices === undefined ? [] : [`one of ${choices.join(", ")}`]),
    ...(option.default === undefined ? [] : [`default: ${option.default}`]),
  ];
  return [flags, notes.length === 0 ? description : `${description} (${notes.join("; ")})`];
}

function table(what: string, rows: readonly (readonly [string, string])[]): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  const lines = rows.map(([name, text]) => `| \`${cell(name)}\` | ${cell(text)} |`);
  return [`| ${what} | what |`, "| --- | --- |", ...lines, ""].join("\n");
}

/** What is indented in a description is shown as it is. */
function markdown(text: string): string {
  return text.replace(/(?:^ {2}.*\n?)+/gm, (block) => `\`\`\`\n${block.trimEnd()}\n\`\`\`\n`);
}
