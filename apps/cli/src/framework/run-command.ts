import { readEnvironment } from "../environment.js";
import { createReporter, type Reporter } from "../output/error-reporter.js";
import { renderResult } from "../output/result.js";
import type { CommandLine } from "./command-line.js";
import { createContext } from "./create-context.js";
import { globalSettings } from "./global-options.js";
import { parseArguments } from "./parser.js";

/**
 * Runs one command and gives the text for standard output, or nothing.
 *
 * @param onReporter told how the user wants errors, as soon as that is known
 * @throws CliError, CulvertError
 */
export async function runCommand(
  line: Extract<CommandLine, { kind: "command" }>,
  onReporter: (reporter: Reporter) => void,
): Promise<string | undefined> {
  const { command } = await line.entry.load();
  const parsed = parseArguments(line.words, line.entry, command, line.rest);
  if ("help" in parsed) return parsed.help;
  const environment = readEnvironment(process.env);
  const settings = globalSettings(parsed.options, environment);
  onReporter(createReporter(settings));
  const result = await command.run(createContext(settings, environment), parsed.input);
  if (result === undefined) return undefined;
  return renderResult(result, { ...settings, isTerminal: process.stdout.isTTY === true });
}
