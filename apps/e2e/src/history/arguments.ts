import { parseArgs } from "node:util";
import { defaultClients, maxClients } from "./limits.js";

/** What the command line asks for. */
export interface HistoryArguments {
  readonly seed: number;
  readonly minutes: number;
  readonly clients: number;
  /** The folder for `history.md` and `history.json`; nothing for none. */
  readonly out: string | undefined;
  readonly help: boolean;
}

/** What `--help` prints. */
export const helpText: string = `Usage: pnpm --filter @x/e2e history --minutes N [--seed N] [--clients N] [--out FOLDER]

Lets clients send checked bytes through inlet, relay and outlet while nodes, connections and the target break at random.
Exit code 1 when a byte was changed or lost in silence, a stream hung or was lost without a cause, or a node grew.

  --minutes N   how long faults come; 15 s of warm-up and up to 4 min of settling are added
  --seed N      decides all streams and faults. Default: a random one, which the report names
  --clients N   clients at a time. Default: ${defaultClients}
  --out FOLDER  also write the report there, as history.md and history.json
`;

/**
 * Reads the command line.
 *
 * @throws TypeError for unknown options and bad values
 */
export function parseArguments(argv: readonly string[]): HistoryArguments {
  const { values } = parseArgs({
    // pnpm hands over the `--` that separates its own options.
    args: argv.filter((argument) => argument !== "--"),
    options: {
      minutes: { type: "string", default: "1" },
      seed: { type: "string" },
      clients: { type: "string", default: String(defaultClients) },
      out: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return {
    seed:
      values.seed === undefined
        ? Math.floor(Math.random() * 2 ** 31)
        : readWhole("seed", values.seed, 2 ** 31),
    minutes: readMinutes(values.minutes),
    clients: readWhole("clients", values.clients, maxClients),
    out: values.out,
    help: values.help,
  };
}

function readWhole(option: string, text: string, highest: number): number {
  if (/^\d{1,10}$/.test(text) && Number(text) <= highest) return Number(text);
  throw new TypeError(`Cannot use --${option} "${text}": it is no whole number up to ${highest}`);
}

function readMinutes(text: string): number {
  const minutes = Number(text);
  if (minutes > 0 && minutes <= 1_440) return minutes;
  throw new TypeError(`Cannot use --minutes "${text}": it is no number above 0 and up to 1440`);
}
