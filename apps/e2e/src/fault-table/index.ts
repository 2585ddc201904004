import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Injection } from "../engine/recovery.js";
import { runProgram } from "../harness/on-finished.js";
import { hasProc } from "../harness/processes.js";
import type { Row } from "./row.js";
import { allRows, type RowResult, renderTable, violationsOf } from "./table.js";

const usage = `Usage: pnpm --filter @x/e2e fault-table [--repeat N] [--only ROW]...

  --repeat N   injections of each fault, 1 to 99: 10 by default
  --only ROW   only this row (an id, or how ids begin); may be repeated

A run of all rows, ten times or more, replaces apps/e2e/results/fault-table.md; other runs write to apps/e2e/results/tmp.
`;

/** Fewest injections of a run that is published. */
const publishedRepeat = 10;

async function main(): Promise<number> {
  // pnpm hands over the `--` that separates its own options.
  const args = process.argv.slice(2).filter((argument) => argument !== "--");
  const repeatOption = { type: "string", default: String(publishedRepeat) } as const;
  const onlyOption = { type: "string", multiple: true, default: [] as string[] } as const;
  const { values } = parseArgs({ args, options: { repeat: repeatOption, only: onlyOption } });
  const { repeat, only } = values;
  const rows = allRows.filter(({ id }) => only.length === 0 || only.some((wanted) => id.startsWith(wanted)));
  if (!/^[1-9]\d?$/.test(repeat)) throw new TypeError(usage);
  if (rows.length === 0) throw new TypeError(`${usage}\nRows: ${allRows.map(({ id }) => id).join(", ")}`);
  if (!hasProc) throw new Error("Cannot inject faults: the program needs /proc, as Linux has it");
  const startedAt = new Date();
  const results: RowResult[] = [];
  for (const row of rows) results.push(await runRow(row, Number(repeat)));
  const about = [
    `Date: ${startedAt.toISOString()}`,
    `Machine: ${cpus().length} × ${cpus()[0]?.model.trim()}, Node.js ${process.version}`,
    `Command: \`${["pnpm --filter @x/e2e fault-table", ...args].join(" ")}\``,
    `Took: ${((Date.now() - startedAt.getTime()) / 60_000).toFixed(1)} min`,
  ];
  const text = renderTable(results, about);
  const isComplete = Number(repeat) >= publishedRepeat && rows.length === allRows.length;
  const folder = fileURLToPath(new URL(`../../results/${isComplete ? "" : "tmp/"}`, import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}fault-table.md`, text);
  process.stdout.write(`${text}\nWritten to ${folder}\n`);
  return results.every((result) => violationsOf(result).length === 0) ? 0 : 1;
}

async function runRow(row: Row, repeat: number): Promise<RowResult> {
  const { id, fault, detected, recovered, bars, missing } = row;
  const injections: Injection[] = [];
  const startedAt = performance.now();
  process.stderr.write(`${id} `);
  if (missing === undefined) {
    await row.run(row.injections(repeat), (injection) => {
      injections.push(injection);
      process.stderr.write(injection.failure === undefined ? "." : "!");
    });
  }
  const result = { ...{ id, fault, bars, injections }, ...(missing !== undefined && { missing }) };
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  process.stderr.write(` ${seconds} s${missing === undefined ? "" : `, left out: ${missing}`}\n`);
  for (const violation of violationsOf(result)) process.stderr.write(`  ${violation}\n`);
  return { ...result, ...(detected && { detected }), ...(recovered && { recovered }) };
}

await runProgram(main);
