import type { Result } from "../output/result.js";
import type { CommandContext } from "./context.js";
import type { CommandInput } from "./input.js";

/**
 * One command of the command line.
 *
 * To add one:
 * 1. write `src/commands/<noun>/<verb>.ts`, which exports `command` of this type and imports what is slow inside `run`;
 * 2. give it a line in `src/command-tree.ts`, with the same summary.
 *
 * Global options (`--output`, `--jq`, `--quiet`, …) are added to each command and already obeyed by `context`.
 *
 * ```ts
 * export const command: Command = {
 *   arguments: [{ syntax: "[address]", description: "Where to listen" }],
 *   options: [{ flags: "--at <node>", description: "The node that listens" }],
 *   async run(context, input) {
 *     const node = await context.node(input.text("at"));
 *     const listener = await context.control(node).call("tcp-listener.create", { address: input.argument("address") });
 *     return { plain: `Listening at ${listener.path}`, machine: listener.path, json: listener };
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

/** A positional argument. */
export interface ArgumentDefinition {
  /** `<name>` when it must be there, `[name]` when it need not, `[names...]` for several. */
  readonly syntax: string;
  readonly description: string;
  /** What shells complete it with, where the syntax does not say it. `new-node`: a name nobody has, or a file. */
  readonly completes?: "node" | "new-node" | "file";
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
