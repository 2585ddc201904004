import { parseArgs } from "node:util";
import { fullSettings, quickSettings, type Settings } from "./settings.js";

/** What the command line asks for. */
export interface BenchArguments {
  readonly settings: Settings;
  /** Rows to run, by id or beginning of an id; all when empty. */
  readonly only: readonly string[];
  /** Chains to run, by name; all when empty. */
  readonly chains: readonly string[];
  /** Result files to hold against each other; when there are any, nothing is measured. */
  readonly compare: readonly string[];
  readonly help: boolean;
}

/** What `--help` prints. */
export const helpText = `Usage: pnpm bench [--quick] [--only ROW]... [--chain NAME]... [--rounds N]
       pnpm bench --compare A.json B.json [C.json ...]

  --quick      shorter and fewer rounds, within 2 minutes
  --only ROW   run only this row (an id, or how ids begin); may be repeated
  --chain NAME run only this chain; may be repeated
  --rounds N   rounds per row: 9 by default, 2 with --quick
  --compare    measure nothing: say for each figure whether the medians of these runs
               are as close as their stated spreads allow, and exit with 1 if one
               of the table is not

A full run replaces apps/bench/results/latest.* and the table in apps/bench/README.md;
other runs write to apps/bench/results/tmp.
`;

/**
 * Reads the command line.
 *
 * @throws TypeError for unknown options and bad values
 */
export function parseArguments(argv: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    // pnpm hands over the `--` that separates its own options.
    args: argv.filter((argument) => argument !== "--"),
    allowPositionals: true,
    options: {
      compare: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      chain: { type: "string", multiple: true, default: [] },
      rounds: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const base = values.quick ? quickSettings : fullSettings;
  const rounds = values.rounds === undefined ? base.rounds : parseRounds(values.rounds);
  return {
    settings: { ...base, rounds },
    only: values.only,
    chains: values.chain,
    compare: checkFiles(values.compare, positionals),
    help: values.help,
  };
}

function parseRounds(text: string): number {
  if (!/^[1-9]\d?$/.test(text))
    throw new TypeError(`Cannot use --rounds "${text}": it is no number from 1 to 99`);
  return Number(text);
}

function checkFiles(compare: boolean, files: readonly string[]): readonly string[] {
  if (compare && files.length < 2) throw new TypeError("Cannot compare: --compare takes two files or more");
  if (!compare && files.length > 0) throw new TypeError(`Cannot use "${files[0]}": files follow --compare`);
  return files;
}
