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
import type { Bench, Row } from "./rows/row.js";

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
  if (figures.length === 0 || figures.some(({ agrees }) => !agrees)) process.exitCode = 1;
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

async function runRows(bench: Bench, rows: readonly Row[]): Promise<RowResult[]> {
  const results: RowResult[] = [];
  for (const row of rows) {
    const failed = (error: unknown): RowResult[] => [failedRow(row, error)];
    const othersShare = watchOthers();
    const found = await row.run(bench).catch(failed);
    const share = othersShare();
    const warnings = bench.warnings.splice(0);
    // A row can be several of the table: what happened meanwhile is noted once.
    results.push(
      ...found.map((result, index) => ({
        ...result,
        othersShare: share,
        notes: index === 0 ? [...result.notes, ...warnings] : result.notes,
      })),
    );
  }
  return results;
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
