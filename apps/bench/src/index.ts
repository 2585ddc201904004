import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { helpText, parseArguments } from "./arguments.js";
import { allChains } from "./chains/all-chains.js";
import type { Chain } from "./chains/chain.js";
import { describeMachine } from "./machine.js";
import { openBench } from "./open-bench.js";
import { closeAllCommands } from "./process/command.js";
import { watchOthers } from "./process/others-share.js";
import { atLeast, checkValue } from "./report/check.js";
import { compareRuns, renderComparison } from "./report/compare.js";
import { renderSummary } from "./report/markdown.js";
import { Progress } from "./report/progress.js";
import type { Results, RowResult } from "./report/results.js";
import { writeResults } from "./report/write-results.js";
import { allRows } from "./rows/all-rows.js";
import { roundsOfPass } from "./rows/round-order.js";
import type { Bench, Row, RowRun } from "./rows/row.js";

async function main(argv: readonly string[]): Promise<void> {
  const { settings, only, chains: chainNames, compare, help } = parseArguments(argv);
  if (help) return void process.stdout.write(helpText);
  if (compare.length > 0) return compareFiles(compare);
  const rows = selectRows(only);
  const chains = selectChains(chainNames);
  const progress = new Progress();
  const startedAt = new Date().toISOString();
  const machine = await describeMachine();
  const bench = await openBench(settings, progress, chains);
  try {
    const results: Results = {
      startedAt,
      mode: settings.mode,
      rounds: settings.rounds,
      machine,
      chains: chains.map(({ name, title, missing }) => ({ name, title, ...missingNote(missing()) })),
      rows: await runRows(bench, rows),
      seconds: progress.seconds(),
    };
    const folder = writeResults(
      results,
      settings.mode === "full" && rows.length === allRows.length && chains.length === allChains.length,
    );
    process.stdout.write(`${renderSummary(results)}\n\nWritten to ${folder}\n`);
  } finally {
    await bench.close();
  }
}

function compareFiles(paths: readonly string[]): void {
  const runs = paths.map((path) => JSON.parse(readFileSync(path, "utf8")) as Results);
  const figures = compareRuns(runs);
  const names = paths.map((path) => basename(path));
  process.stdout.write(`${renderComparison(names, figures)}\n`);
  const stated = figures.filter(({ isStated }) => isStated);
  if (stated.length === 0 || stated.some(({ agrees }) => !agrees)) process.exitCode = 1;
}

function selectRows(only: readonly string[]): readonly Row[] {
  const rows = allRows.filter(({ id }) => only.length === 0 || only.some((wanted) => id.startsWith(wanted)));
  if (rows.length === 0) {
    throw new TypeError(`Cannot find a row for --only: rows are ${allRows.map(({ id }) => id).join(", ")}`);
  }
  return rows;
}

function selectChains(names: readonly string[]): readonly Chain[] {
  const chains = allChains.filter(({ name }) => names.length === 0 || names.includes(name));
  if (chains.length === 0) {
    throw new TypeError(
      `Cannot find a chain for --chain: chains are ${allChains.map(({ name }) => name).join(", ")}`,
    );
  }
  return chains;
}

/**
 * Goes through all rows several times, so that the rounds of each are minutes apart: a machine that others use too has moods
 * that last longer than a row.
 */
async function runRows(bench: Bench, rows: readonly Row[]): Promise<RowResult[]> {
  const watched = rows.map((row) => new WatchedRow(row, bench));
  const { passes } = bench.settings;
  for (let pass = 0; pass < passes; pass++) {
    if (passes > 1) bench.progress.say(`pass ${pass + 1} of ${passes}`);
    for (const row of watched) await row.measure(pass);
  }
  return watched.flatMap((row) => row.results());
}

/** A row with what happened while it was measured. */
class WatchedRow {
  readonly #row: Row;
  readonly #bench: Bench;
  readonly #run: RowRun;
  readonly #warnings: string[] = [];
  #othersShare = 0;
  #failure: unknown;

  constructor(row: Row, bench: Bench) {
    this.#row = row;
    this.#bench = bench;
    this.#run = row.begin(bench);
  }

  /** Measures the pass's share of the rounds. A row that broke is left alone from then on. */
  async measure(pass: number): Promise<void> {
    const rounds = roundsOfPass(this.#run.rounds, pass, this.#bench.settings.passes);
    if (rounds.length === 0 || this.#failure !== undefined) return;
    const othersShare = watchOthers();
    await this.#run.measure(rounds).catch((error: unknown) => {
      this.#failure = error;
    });
    this.#othersShare = Math.max(this.#othersShare, othersShare());
    this.#warnings.push(...this.#bench.warnings.splice(0));
  }

  results(): readonly RowResult[] {
    const found = this.#failure === undefined ? this.#run.results() : [failedRow(this.#row, this.#failure)];
    // A row can be several of the table: what happened meanwhile is noted once.
    return found.map((result, index) => ({
      ...result,
      othersShare: this.#othersShare,
      notes: index === 0 ? [...result.notes, ...this.#warnings] : result.notes,
    }));
  }
}

/** A row that broke does not stop the others, and does not pass. */
function failedRow({ id }: Row, error: unknown): RowResult {
  const check = checkValue("measured", Number.NaN, "", atLeast(1));
  const note = error instanceof Error ? error.message : String(error);
  return { id, title: id, unit: "", better: "more", series: [], checks: [check], notes: [note] };
}

function missingNote(missing: string | undefined): { readonly missing?: string } {
  return missing === undefined ? {} : { missing };
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Role processes end by themselves when this one goes; foreign commands do not.
  process.once(signal, () => void closeAllCommands().finally(() => process.exit(130)));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
