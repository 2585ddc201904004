import { readEnvironment } from "./environment.js";
import { type CommandLine, readCommandLine } from "./framework/command-line.js";
import { createContext } from "./framework/create-context.js";
import { type GlobalSettings, globalSettings } from "./framework/global-options.js";
import { exitCodeFor, exitCodes } from "./output/exit-codes.js";
import { renderResult } from "./output/result.js";
import { version } from "./version.js";

/** Runs the command line and ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  ignoreBrokenPipe();
  const line = readCommandLine(argv);
  let settings: GlobalSettings | undefined;
  let exitCode: number = exitCodes.ok;
  try {
    if (line.kind === "version") await print(version);
    else if (line.kind === "command")
      await runCommand(line, (read) => {
        settings = read;
      });
    else exitCode = await explain(line);
  } catch (error) {
    exitCode = exitCodeFor(error);
    await reportFailure(error, settings, argv);
  }
  // What a command left open, such as the sockets of a temporary node, must not keep it alive.
  process.exit(exitCode);
}

async function runCommand(
  line: Extract<CommandLine, { kind: "command" }>,
  onSettings: (settings: GlobalSettings) => void,
): Promise<void> {
  const [{ command }, { parseArguments }] = await Promise.all([
    line.entry.load(),
    import("./framework/parser.js"),
  ]);
  const parsed = parseArguments(line.words, line.entry, command, line.rest);
  if ("help" in parsed) return print(parsed.help);
  const environment = readEnvironment(process.env);
  const settings = globalSettings(parsed.options, environment);
  onSettings(settings);
  const result = await command.run(createContext(settings, environment), parsed.input);
  if (result === undefined) return;
  const text = await renderResult(result, { ...settings, isTerminal: process.stdout.isTTY === true });
  if (text !== undefined) await print(text);
}

/** Prints help: on standard output when it was asked for, else on standard error with the exit code of wrong usage. */
async function explain(line: Exclude<CommandLine, { kind: "command" | "version" }>): Promise<number> {
  const { helpFor, unknownCommandError } = await import("./framework/parser.js");
  if (line.kind === "incomplete" && line.unknown !== undefined)
    throw unknownCommandError(line.words, line.unknown);
  const help = await helpFor(line.words);
  if (line.kind === "help" || line.words.length === 0) {
    await print(help);
    return exitCodes.ok;
  }
  process.stderr.write(`${help}\n`);
  return exitCodes.usage;
}

async function reportFailure(
  error: unknown,
  settings: GlobalSettings | undefined,
  argv: readonly string[],
): Promise<void> {
  const [{ reportError }, { createStyle }] = await Promise.all([
    import("./output/error-report.js"),
    import("./output/style.js"),
  ]);
  // Before the options are understood, only their plainest form counts.
  const verbose = settings?.verbose ?? (argv.includes("-vv") ? 2 : 0);
  const noColor = settings?.noColor ?? (argv.includes("--no-color") || Boolean(process.env.NO_COLOR));
  const style = createStyle(!noColor && process.stderr.isTTY === true);
  process.stderr.write(`${reportError(error, style, verbose)}\n`);
}

function print(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${text}\n`, () => resolve()));
}

/** A reader that has seen enough, such as `head`, ends the command quietly. */
function ignoreBrokenPipe(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitCodes.ok);
  });
}
