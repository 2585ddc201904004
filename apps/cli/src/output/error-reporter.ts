import { reportError } from "./error-report.js";
import { exitCodeFor } from "./exit-codes.js";
import { createStyle } from "./style.js";

/** Writes an error to standard error and gives the exit code. */
export type Reporter = (error: unknown) => number;

/** How the user wants errors. */
export interface ReporterOptions {
  /** How often `-v` was given. */
  readonly verbose: number;
  readonly noColor: boolean;
}

export function createReporter({ verbose, noColor }: ReporterOptions): Reporter {
  const style = createStyle(!noColor && process.stderr.isTTY === true);
  return (error) => {
    process.stderr.write(`${reportError(error, style, verbose)}\n`);
    return exitCodeFor(error);
  };
}

/** The reporter for a command line that could not be read: only the plainest form of its options counts. */
export function plainReporter(argv: readonly string[]): Reporter {
  return createReporter({
    verbose: argv.includes("-vv") ? 2 : 0,
    noColor: argv.includes("--no-color") || Boolean(process.env.NO_COLOR),
  });
}
