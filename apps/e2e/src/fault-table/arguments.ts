import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface TableArguments {
  /** Injections per row. Default 10. */
  readonly repeat: number;
  /** Rows to run, by id or beginning of an id; all when empty. */
  readonly only: readonly string[];
  readonly help: boolean;
}

/** What `--help` prints. */
export const helpText = `Usage: pnpm --filter @x/e2e fault-table [--repeat N] [--only ROW]...

  --repeat N   injections of each fault: 10 by default
  --only ROW   only this row (an id, or how ids begin); may be repeated

A run of all rows, ten times or more, replaces apps/e2e/results/fault-table.*; other runs write to apps/e2e/results/tmp.
`;

/**
 * Reads the command line.
 *
 * @throws TypeError for unknown options and bad values
 */
export function parseArguments(argv: readonly string[]): TableArguments {
  const { values } = parseArgs({
    // pnpm hands over the `--` that separates its own options.
    args: argv.filter((argument) => argument !== "--"),
    options: {
      repeat: { type: "string", default: "10" },
      only: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (!/^[1-9]\d?$/.test(values.repeat)) {
    throw new TypeError(`Cannot use --repeat "${values.repeat}": it is no number from 1 to 99`);
  }
  return { repeat: Number(values.repeat), only: values.only, help: values.help };
}
