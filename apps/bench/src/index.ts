import { existsSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Chain, missingOf } from "./chains/chain.js";
import { culvertChain } from "./chains/culvert.js";
import { directChain, pipesChain, socatChain, sshChain } from "./chains/proxies.js";
import { tunnelChains } from "./chains/tunnels.js";
import { closeAllCommands } from "./process/command.js";
import { ownBuild } from "./process/role.js";
import { watchOthers } from "./process/usage.js";
import { atLeast } from "./report/check.js";
import { renderSummary } from "./report/markdown.js";
import { type Results, type Table, writeResults } from "./report/results.js";
import { type Bench, openBench } from "./rows/bench.js";
import { chainRows } from "./rows/chains.js";
import { commandsRow } from "./rows/commands.js";
import { memoryRows } from "./rows/memory.js";
import { messagesRow } from "./rows/messages.js";
import { roundsOfPass } from "./rows/rounds.js";
import { otherBuild, type Row, type RowRun, subject } from "./rows/row.js";
import { fullSettings, quickSettings, type Settings } from "./settings.js";

const helpText = `Usage: pnpm bench [--quick] [--only ROW]... [--chain NAME]... [--rounds N] [--against DIR]

  --quick        shorter and fewer rounds, within 2 minutes
  --only ROW     run only this row (an id, or how ids begin); may be repeated
  --chain NAME   run only this chain; may be repeated
  --rounds N     rounds per row, 1 to 99: 9 by default, 2 with --quick
  --against DIR  another build in the same rounds, and the ratio of both: DIR is a repository that is built.
                 Alone it runs the rows bulk, request, connections, messages and commands of these two only

A full run replaces apps/bench/results/latest.* and the table in apps/bench/README.md;
other runs write to apps/bench/results/tmp.
`;

const allRows: readonly Row[] = [...chainRows, messagesRow, ...memoryRows, commandsRow];
const rowsAgainst = ["bulk", "request", "connections", "messages", "commands"];
const ownTitle = "inlet → relay → outlet in three Node processes";
const ownChain = culvertChain(subject, ownTitle, ownBuild);
const allChains: readonly Chain[] = [
  ownChain,
  ...[pipesChain, socatChain, sshChain],
  ...tunnelChains,
  directChain,
];

async function main(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    // pnpm hands over the `--` that separates its own options.
    args: argv.filter((argument) => argument !== "--"),
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      chain: { type: "string", multiple: true, default: [] },
      rounds: { type: "string" },
      against: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return void process.stdout.write(helpText);
  const base = values.quick ? quickSettings : fullSettings;
  const { rounds = String(base.rounds) } = values;
  if (!/^[1-9]\d?$/.test(rounds))
    throw new TypeError(`Cannot use --rounds "${rounds}": it is no number from 1 to 99`);
  const against = values.against === undefined ? undefined : findBuild(values.against);
  const otherChain = against && culvertChain(otherBuild, `the same of ${values.against}`, against);
  const chainNames = values.chain.length > 0 || !against ? values.chain : [subject];
  const rows = select(
    "row",
    allRows,
    ({ id }) => id,
    values.only.length > 0 || !against ? values.only : rowsAgainst,
  );
  const chains = [
    ...select("chain", allChains, ({ name }) => name, chainNames),
    ...(otherChain ? [otherChain] : []),
  ];
  await run({ ...base, rounds: Number(rounds) }, rows, chains, against);
}

function findBuild(folder: string): string {
  // pnpm changes to the repository before it runs a script.
  const build = resolve(process.env.INIT_CWD ?? ".", folder);
  if (existsSync(join(build, "apps/bench/dist/roles/culvert-node.js"))) return build;
  throw new TypeError(`Cannot use --against ${folder}: there is no build of Culvert, with its bench`);
}

function select<T>(
  what: string,
  all: readonly T[],
  nameOf: (one: T) => string,
  wanted: readonly string[],
): T[] {
  const found = all.filter(
    (one) => wanted.length === 0 || wanted.some((name) => nameOf(one).startsWith(name)),
  );
  if (found.length > 0) return found;
  throw new TypeError(`Cannot find ${what} ${wanted}: there are ${all.map(nameOf).join(", ")}`);
}

async function run(
  settings: Settings,
  rows: readonly Row[],
  chains: readonly Chain[],
  against: string | undefined,
): Promise<void> {
  const startedAt = new Date();
  const present = chains.filter((chain) => missingOf(chain) === undefined);
  const bench = await openBench({ settings, chains: present, against });
  try {
    const tables = await runRows(bench, rows);
    const processors = cpus();
    const results: Results = {
      startedAt: startedAt.toISOString(),
      seconds: (Date.now() - startedAt.getTime()) / 1_000,
      mode: settings.mode,
      rounds: settings.rounds,
      machine: `${processors[0]?.model.trim()}, ${processors.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, Node ${process.version}`,
      chains: chains.map((chain) => {
        const [{ name, title }, missing] = [chain, missingOf(chain)];
        return { name, title, ...(missing === undefined ? {} : { missing }) };
      }),
      tables,
    };
    const isComplete = settings.mode === "full" && rows.length === allRows.length && !against;
    const folder = writeResults(results, isComplete && chains.length === allChains.length);
    process.stdout.write(`${renderSummary(results)}\n\nWritten to ${folder}\n`);
  } finally {
    await bench.close();
  }
}

/**
 * Goes through all rows several times, so that the rounds of each are minutes apart: a machine that others use too has moods
 * that last longer than a row.
 */
async function runRows(bench: Bench, rows: readonly Row[]): Promise<Table[]> {
  const watched = rows.map((row) => new WatchedRow(row, bench));
  const { passes } = bench.settings;
  for (let pass = 0; pass < passes; pass++) {
    if (passes > 1) bench.say(`pass ${pass + 1} of ${passes}`);
    for (const row of watched) await row.measure(pass);
  }
  return watched.flatMap((row) => row.tables());
}

/** A row with what happened while it was measured. One that broke is left alone from then on, stops no other, and does not pass. */
class WatchedRow {
  readonly #row: Row;
  readonly #bench: Bench;
  readonly #run: RowRun;
  readonly #warnings: string[] = [];
  #othersShare = 0;
  #failure: string | undefined;

  constructor(row: Row, bench: Bench) {
    this.#row = row;
    this.#bench = bench;
    this.#run = row.begin(bench);
  }

  async measure(pass: number): Promise<void> {
    const rounds = roundsOfPass(this.#run.rounds, pass, this.#bench.settings.passes);
    if (rounds.length === 0 || this.#failure !== undefined) return;
    const othersShare = watchOthers();
    await this.#run.measure(rounds).catch((error: unknown) => {
      this.#failure = error instanceof Error ? error.message : String(error);
    });
    this.#othersShare = Math.max(this.#othersShare, othersShare());
    this.#warnings.push(...this.#bench.warnings.splice(0));
  }

  tables(): readonly Table[] {
    const found =
      this.#failure === undefined ? this.#run.tables() : [failedTable(this.#row.id, this.#failure)];
    // A row can be several tables: what happened meanwhile is noted once.
    return found.map((table, index) => ({
      ...table,
      othersShare: this.#othersShare,
      notes: index === 0 ? [...table.notes, ...this.#warnings] : table.notes,
    }));
  }
}

function failedTable(id: string, failure: string): Table {
  const check = { what: "measured", value: NaN, unit: "", spread: [NaN, NaN], bar: atLeast(1) } as const;
  return { id, title: id, unit: "", series: [], checks: [check], comparisons: [], notes: [failure] };
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Role processes end by themselves when this one goes; foreign commands do not.
  process.once(signal, () => void closeAllCommands().finally(() => process.exit(130)));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
