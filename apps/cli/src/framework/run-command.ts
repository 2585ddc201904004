import { readEnvironment } from "../environment.js";
import { createReporter, type Reporter } from "../output/error-reporter.js";
import { renderResult } from "../output/result.js";
import type { CommandTree } from "./command.js";
import type { CommandLine } from "./command-line.js";
import { createContext } from "./create-context.js";
import { globalSettings } from "./global-options.js";
import { parseArguments } from "./parser.js";

/** What a command that ran leaves to print, and what it found wrong. */
export interface Outcome {
  /** For standard output. */
  readonly text?: string | undefined;
  /** To be reported after it. */
  readonly failure?: unknown;
}

/**
 * Runs one command and gives what standard output shall carry.
 *
 * @param onReporter told how the user wants errors, as soon as that is known
 * @throws CliError, CulvertError
 */
export async function runCommand(
  line: Extract<CommandLine, { kind: "command" }>,
  tree: CommandTree,
  onReporter: (reporter: Reporter) => void,
): Promise<Outcome> {
  const { command } = await line.entry.load();
  const parsed = parseArguments(line.words, line.entry, command, line.rest);
  if ("help" in parsed) return { text: parsed.help };
  const environment = readEnvironment(process.env);
  const settings = globalSettings(parsed.options, environment);
  onReporter(createReporter(settings));
  const result = await command.run(await createContext(settings, environment, tree), parsed.input);
  if (result === undefined) return {};
  const text = await renderResult(result, { ...settings, isTerminal: process.stdout.isTTY === true });
  return { text, failure: result.failure };
}
