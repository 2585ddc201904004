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
import type { Results, Table } from "./report/results.js";
import { writeResults } from "./report/write-results.js";
import { type Bench, openBench } from "./rows/bench.js";
import { chainRows } from "./rows/chains.js";
import { commandsRow } from "./rows/commands.js";
import { memoryRows } from "./rows/memory.js";
import { messagesRow } from "./rows/messages.js";
import { roundsOfPass } from "./rows/rounds.js";
import { otherBuild, type Row, subject } from "./rows/row.js";
import { type Settings, settingsOf } from "./settings.js";

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
  const mode = values.quick ? "quick" : "full";
  const base = settingsOf(mode);
  const { rounds = String(base.rounds) } = values;
  if (!/^[1-9]\d?$/.test(rounds))
    throw new TypeError(`Cannot use --rounds "${rounds}": it is no number from 1 to 99`);
  const against = values.against === undefined ? undefined : findBuild(values.against);
  const isPair = against !== undefined;
  const rows = select("row", allRows, values.only.length > 0 || !isPair ? values.only : rowsAgainst);
  const chains = select("chain", allChains, values.chain.length > 0 || !isPair ? values.chain : [subject]);
  if (isPair) chains.push(culvertChain(otherBuild, `the same of ${values.against}`, against));
  await run(mode, { ...base, rounds: Number(rounds) }, rows, chains, against);
}

function findBuild(folder: string): string {
  // pnpm changes to the repository before it runs a script.
  const build = resolve(process.env.INIT_CWD ?? ".", folder);
  if (existsSync(join(build, "apps/bench/dist/roles/culvert-node.js"))) return build;
  throw new TypeError(`Cannot use --against ${folder}: there is no build of Culvert, with its bench`);
}

function select<T extends { readonly name: string }>(
  what: string,
  all: readonly T[],
  wanted: readonly string[],
): T[] {
  const found = all.filter(({ name }) => wanted.length === 0 || wanted.some((one) => name.startsWith(one)));
  if (found.length > 0) return found;
  throw new TypeError(`Cannot find ${what} ${wanted}: there are ${all.map(({ name }) => name).join(", ")}`);
}

async function run(
  mode: Results["mode"],
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
      mode,
      rounds: settings.rounds,
      machine: `${processors[0]?.model.trim()}, ${processors.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, Node ${process.version}`,
      chains: chains.map((chain) => {
        const [{ name, title }, missing] = [chain, missingOf(chain)];
        return { name, title, ...(missing === undefined ? {} : { missing }) };
      }),
      tables,
    };
    const isComplete = mode === "full" && rows.length === allRows.length && !against;
    const folder = writeResults(results, isComplete && chains.length === allChains.length);
    process.stdout.write(`${renderSummary(results)}\n\nWritten to ${folder}\n`);
  } finally {
    await bench.close();
  }
}

/**
 * Goes through all rows several times, so that the rounds of each are minutes apart: a machine that others use too has moods
 * that last longer than a row. A row that broke is left alone from then on, stops no other, and does not pass.
 */
async function runRows(bench: Bench, rows: readonly Row[]): Promise<Table[]> {
  const watched = rows.map((row) => {
    const run = row.begin(bench);
    const state = { othersShare: 0, warnings: [] as string[], failure: "" };
    const tables = (): readonly Table[] =>
      state.failure ? [failedTable(row.name, state.failure)] : run.tables();
    return { run, state, tables };
  });
  const { passes } = bench.settings;
  for (let pass = 0; pass < passes; pass++) {
    if (passes > 1) bench.say(`pass ${pass + 1} of ${passes}`);
    for (const { run, state } of watched) {
      const rounds = roundsOfPass(run.rounds, pass, passes);
      if (rounds.length === 0 || state.failure) continue;
      const othersShare = watchOthers();
      await run.measure(rounds).catch((error: unknown) => {
        state.failure = error instanceof Error ? error.message : String(error);
      });
      state.othersShare = Math.max(state.othersShare, othersShare());
      state.warnings.push(...bench.warnings.splice(0));
    }
  }
  // A row can be several tables: what happened meanwhile is noted once.
  return watched.flatMap(({ state: { othersShare, warnings }, tables }) =>
    tables().map((table, index) => {
      const notes = index === 0 ? [...table.notes, ...warnings] : table.notes;
      return { ...table, othersShare, notes };
    }),
  );
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
