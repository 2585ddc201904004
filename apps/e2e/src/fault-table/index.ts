import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cleanUpOnSignals } from "../harness/on-finished.js";
import { hasProc } from "../harness/processes.js";
import { allRows } from "./all-rows.js";
import { helpText, parseArguments } from "./arguments.js";
import { isGood, renderMarkdown } from "./markdown.js";
import { describeMachine, type Results, type RowResult, violationsOf } from "./results.js";
import type { Injection, Row } from "./row.js";

/** Fewest injections of a run that is published. */
const publishedRepeat = 10;

async function main(argv: readonly string[]): Promise<void> {
  const { repeat, only, help } = parseArguments(argv);
  if (help) return void process.stdout.write(helpText);
  if (!hasProc) throw new Error("Cannot inject faults: the program needs /proc, as Linux has it");
  const rows = selectRows(only);
  const startedAt = new Date().toISOString();
  const results: RowResult[] = [];
  for (const row of rows) results.push(await runRow(row, repeat));
  const found: Results = {
    startedAt,
    command: ["pnpm --filter @x/e2e fault-table", ...argv.filter((argument) => argument !== "--")].join(" "),
    machine: describeMachine(),
    repeat,
    seconds: Math.round((Date.now() - Date.parse(startedAt)) / 1_000),
    rows: results,
  };
  const folder = writeResults(found, repeat >= publishedRepeat && rows.length === allRows.length);
  process.stdout.write(`${renderMarkdown(found)}\nWritten to ${folder}\n`);
  process.exitCode = isGood(found) ? 0 : 1;
}

function selectRows(only: readonly string[]): readonly Row[] {
  const rows = allRows.filter(({ id }) => only.length === 0 || only.some((wanted) => id.startsWith(wanted)));
  if (rows.length > 0) return rows;
  throw new TypeError(`Cannot find a row for --only: rows are ${allRows.map(({ id }) => id).join(", ")}`);
}

async function runRow(row: Row, repeat: number): Promise<RowResult> {
  const { id, fault, detected, recovered, bars } = row;
  const text = { id, fault, detected, recovered, bars };
  const missing = row.missing();
  const injections: Injection[] = [];
  const startedAt = performance.now();
  process.stderr.write(`${id} `);
  if (missing === undefined) {
    await row.run(row.injections(repeat), (injection) => {
      injections.push(injection);
      process.stderr.write(injection.failure === undefined ? "." : "!");
    });
  }
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  const result = { ...text, injections, seconds, ...(missing !== undefined && { missing }) };
  process.stderr.write(` ${seconds} s${missing === undefined ? "" : `, left out: ${missing}`}\n`);
  for (const violation of violationsOf(result)) process.stderr.write(`  ${violation}\n`);
  return result;
}

/** A complete run replaces what is published; any other goes to `results/tmp`, which is not kept. */
function writeResults(results: Results, isComplete: boolean): string {
  const folder = fileURLToPath(new URL(`../../results/${isComplete ? "" : "tmp/"}`, import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}fault-table.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(`${folder}fault-table.md`, renderMarkdown(results));
  return folder;
}

cleanUpOnSignals();
main(process.argv.slice(2)).then(
  // Whatever a fault left open in this process must not keep it.
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
