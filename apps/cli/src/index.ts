import { commandTree } from "./command-tree.js";
import type { CommandTree } from "./framework/command.js";
import { type CommandLine, readCommandLine } from "./framework/command-line.js";
import type { Reporter } from "./output/error-reporter.js";
import { refuseDebugger } from "./process-signals.js";
import { version } from "./version.js";

// This module and what it imports load with every command, so everything else waits until it is needed.

/** Runs the command line and ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  let report: Reporter | undefined;
  let told: Promise<number> | undefined;
  const tell = async (error: unknown): Promise<number> => {
    const { plainReporter } = await import("./output/error-reporter.js");
    return (report ?? plainReporter(argv))(error);
  };
  // The first failure is the one that counts: one write makes two.
  const tellOnce = (error: unknown): Promise<number> => {
    told ??= tell(error);
    return told;
  };
  refuseDebugger();
  watchOutput(tellOnce);
  const exitCode = await run(argv, (made) => {
    report = made;
  }).catch(tellOnce);
  // What a command left open, such as the sockets of a temporary node, must not keep it alive.
  process.exit(exitCode);
}

async function run(argv: readonly string[], onReporter: (reporter: Reporter) => void): Promise<number> {
  const tree = commandTree();
  const line = await readCommandLine(argv, tree);
  if (line.kind === "version") await print(version);
  else if (line.kind === "command") {
    const { runCommand } = await import("./framework/run-command.js");
    const { text, failure } = await runCommand(line, tree, onReporter);
    if (text !== undefined) await print(text);
    if (failure !== undefined) throw failure;
  } else return await explain(line, tree);
  return 0;
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

async function print(text: string): Promise<void> {
  const { writeStandardOutput } = await import("./output/standard-output.js");
  await writeStandardOutput(`${text}\n`);
}

/** Ends the command when what it writes without a wait cannot be written. */
function watchOutput(tell: (error: unknown) => Promise<number>): void {
  process.stdout.on("error", async (error) => {
    const { outputFailed } = await import("./output/standard-output.js");
    process.exit(await tell(outputFailed(error)));
  });
  // Nobody can be told then: the exit code says it all.
  process.stderr.on("error", () => {});
}
