import { existsSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Chain } from "./chains/chain.js";
import { culvertChain } from "./chains/culvert.js";
import { directChain, missingOf, pipesChain, toolChains, tunnelChains } from "./chains/proxies.js";
import { closeAll, running } from "./process/command.js";
import { renderSummary, writeResults } from "./report/report.js";
import { openBench } from "./rows/bench.js";
import { chainRows } from "./rows/chains.js";
import { nodeRows } from "./rows/nodes.js";
import { otherBuild, type Row, RowRun, roundsOfPass, sealed, subject, twoProcesses } from "./rows/row.js";
import { settingsOf } from "./settings.js";

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

const allRows: readonly Row[] = [...chainRows, ...nodeRows];
const rowsAgainst = ["bulk", "request", "connections", "messages", "commands"];
const allChains: readonly Chain[] = [
  culvertChain({ name: subject, title: "inlet → relay → outlet in three Node processes" }),
  culvertChain({ name: twoProcesses, title: "the same with the inlet on the relay's node", processes: 2 }),
  culvertChain({ name: sealed, title: "inlet → relay → outlet through a secure channel", isSealed: true }),
  ...[pipesChain, ...toolChains, ...tunnelChains, directChain],
];

const text = { type: "string" } as const;
const list = { type: "string", multiple: true, default: [] as string[] } as const;
const flag = { type: "boolean", default: false } as const;

async function main(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    // pnpm hands over the `--` that separates its own options.
    args: argv.filter((argument) => argument !== "--"),
    options: { quick: flag, help: flag, only: list, chain: list, rounds: text, against: text },
  });
  if (values.help) return void process.stdout.write(helpText);
  const settings = settingsOf(values.quick ? "quick" : "full");
  const { rounds = String(settings.rounds) } = values;
  if (!/^[1-9]\d?$/.test(rounds))
    throw new TypeError(`Cannot use --rounds "${rounds}": it is no number from 1 to 99`);
  const against = values.against === undefined ? undefined : findBuild(values.against);
  const isPair = against !== undefined;
  const rows = select("row", allRows, values.only.length > 0 || !isPair ? values.only : rowsAgainst);
  const chains = select(
    "chain",
    allChains,
    values.chain.length > 0 || !isPair ? values.chain : [subject],
    isPair,
  );
  if (isPair)
    chains.push(culvertChain({ name: otherBuild, title: `the same of ${values.against}`, build: against }));

  const startedAt = new Date();
  const present = chains.filter((chain) => missingOf(chain) === undefined);
  const bench = await openBench({
    ...{ settings: { ...settings, rounds: Number(rounds) }, chains: present, against },
  });
  try {
    const runs = rows.map((row) => new RowRun(row, bench));
    // All rows several times, so that the rounds of each are minutes apart: a machine that others use too has moods that last.
    for (let pass = 0; pass < settings.passes; pass++) {
      for (const run of runs) {
        const some = roundsOfPass(run.rounds, pass, settings.passes);
        if (some.length > 0) await run.measure(some);
      }
    }
    const seconds = Math.round((Date.now() - startedAt.getTime()) / 1_000);
    const busiest = Math.round(100 * Math.max(...runs.map(({ othersShare }) => othersShare)));
    const missing = chains.map(missingOf).filter((why) => why !== undefined);
    const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
    const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${memory}, ${type()} ${release()}`;
    const mode = `${values.quick ? "quick" : "full"} run of ${rounds} interleaved rounds`;
    const results = {
      about: [
        `${machine}, Node ${process.version}; ${startedAt.toISOString()}, ${mode} in ${seconds} s.`,
        `Other programs took ${busiest} % of the machine during the busiest row.`,
        `Chains: ${chains.map(({ name, title }) => `**${name}** ${title}`).join(" · ")}.`,
        ...(missing.length === 0 ? [] : [`Left out: ${missing.join("; ")}.`]),
      ],
      tables: runs.flatMap((run) => run.tables()),
    };
    const isWhole = rows.length === allRows.length && chains.length === allChains.length;
    const folder = writeResults(results, !values.quick && isWhole);
    process.stdout.write(`${renderSummary(results)}\n\nWritten to ${folder}\n`);
  } finally {
    await bench.close();
  }
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
  isExact = false,
): T[] {
  const isWanted = (name: string) => wanted.some((one) => (isExact ? name === one : name.startsWith(one)));
  const found = all.filter(({ name }) => wanted.length === 0 || isWanted(name));
  if (found.length > 0) return found;
  throw new TypeError(`Cannot find ${what} ${wanted}: there are ${all.map(({ name }) => name).join(", ")}`);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Role processes end by themselves when this one goes; foreign commands do not.
  process.once(signal, () => void closeAll([...running]).finally(() => process.exit(130)));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
