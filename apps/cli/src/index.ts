import { commandTree } from "./command-tree.js";
import type { CommandTree } from "./framework/command.js";
import { type CommandLine, readCommandLine } from "./framework/command-line.js";
import { version } from "./version.js";

// This module and what it imports load with every command, so everything else waits until it is needed.

/** Runs the command line and ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  ignoreBrokenPipe();
  const exitCode = await run(argv);
  // What a command left open, such as the sockets of a temporary node, must not keep it alive.
  process.exit(exitCode);
}

async function run(argv: readonly string[]): Promise<number> {
  let report: ((error: unknown) => number) | undefined;
  try {
    const tree = commandTree();
    const line = await readCommandLine(argv, tree);
    if (line.kind === "version") await print(version);
    else if (line.kind === "command") {
      const { runCommand } = await import("./framework/run-command.js");
      const { text, failure } = await runCommand(line, tree, (reporter) => {
        report = reporter;
      });
      if (text !== undefined) await print(text);
      if (failure !== undefined) throw failure;
    } else return await explain(line, tree);
    return 0;
  } catch (error) {
    const { plainReporter } = await import("./output/error-reporter.js");
    return (report ?? plainReporter(argv))(error);
  }
}

/** Prints help: on standard output when it was asked for, else on standard error with the exit code of wrong usage. */
async function explain(
  line: Exclude<CommandLine, { kind: "command" | "version" }>,
  tree: CommandTree,
): Promise<number> {
  const { helpFor, unknownCommandError } = await import("./framework/parser.js");
  const { exitCodes } = await import("./output/exit-codes.js");
  if (line.kind === "incomplete" && line.unknown !== undefined)
    throw await unknownCommandError(tree, line.words, line.unknown);
  const help = await helpFor(tree, line.words);
  if (line.kind === "help" || line.words.length === 0) {
    await print(help);
    return exitCodes.ok;
  }
  process.stderr.write(`${help}\n`);
  return exitCodes.usage;
}

function print(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${text}\n`, () => resolve()));
}

/** A reader that has seen enough, such as `head`, ends the command quietly. */
function ignoreBrokenPipe(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
  });
}
