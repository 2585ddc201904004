import type { Environment } from "../environment.js";
import type { OptionDefinition } from "./command.js";
import type { GlobalSettings } from "./context.js";

/** Options every command has. */
export const globalOptions: readonly OptionDefinition[] = [
  { flags: "-o, --output <form>", description: "Form of the result", choices: ["plain", "json"] },
  { flags: "--jq <query>", description: "Filter the JSON result with jq" },
  { flags: "--compact-output", description: "Print JSON on one line" },
  { flags: "-q, --quiet", description: "No progress, check marks, warnings or logs" },
  { flags: "-v, --verbose", description: "Say more; repeat for still more", counted: true },
  { flags: "--no-color", description: "No colours" },
  { flags: "--no-input", description: "Never ask" },
];

/** Joins options, by their long flag without dashes, with the environment. */
export function globalSettings(
  options: Readonly<Record<string, unknown>>,
  environment: Environment,
): GlobalSettings {
  const output = options.output;
  return {
    output: output === "plain" || output === "json" ? output : undefined,
    jq: typeof options.jq === "string" ? options.jq : undefined,
    compactOutput: options["compact-output"] === true,
    quiet: options.quiet === true || environment.quiet,
    verbose: Math.max(typeof options.verbose === "number" ? options.verbose : 0, verbosityOf(environment)),
    noColor: options["no-color"] === true || environment.noColor,
    noInput: options["no-input"] === true || environment.noInput,
  };
}

/** The number of `-v` that a log level is worth. */
function verbosityOf({ logLevel }: Environment): number {
  return logLevel === "trace" ? 2 : logLevel === "debug" ? 1 : 0;
}
