import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { markdownTable } from "markdown-table";
import { type Figure, meets, type Series } from "./figures.js";

/** One table: what was measured of several chains. */
export interface Table {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
  /** Held against bars of the design. */
  readonly checks: readonly Figure[];
  /** Beside tunnels in other languages, or beside another build: for information, a goal that is missed fails nothing. */
  readonly comparisons: readonly Figure[];
  /** What a reader must know: chains left out, failures, formulas. */
  readonly notes: readonly string[];
}

/** Everything a run found out: the content of `latest.json`. */
export interface Results {
  /** When, where and how, in whole sentences. */
  readonly about: readonly string[];
  readonly tables: readonly Table[];
}

/**
 * Writes `latest.json` and `latest.md` and gives their folder.
 * A complete full run replaces what is published and the table of the README; any other goes to `results/tmp`, which is not kept.
 */
export function writeResults(results: Results, isComplete: boolean): string {
  const folder = fileURLToPath(new URL(`../../results/${isComplete ? "" : "tmp/"}`, import.meta.url));
  const summary = renderSummary(results);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}latest.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(
    `${folder}latest.md`,
    ["# Bench results", summary, ...results.tables.map(renderTable)].join("\n\n"),
  );
  if (isComplete) {
    const path = fileURLToPath(new URL("../../README.md", import.meta.url));
    writeFileSync(path, replaceBlock(readFileSync(path, "utf8"), summary));
  }
  return folder;
}

/** Puts new text between the two result marks. Text without the marks comes back as it was. */
export function replaceBlock(text: string, block: string): string {
  const marks = /(<!-- results:begin -->\n).*(\n<!-- results:end -->)/s;
  return text.replace(marks, (_, begin: string, end: string) => `${begin}${block}${end}`);
}

/** The page for the README: one line per bar, and one per comparison. */
export function renderSummary({ about, tables }: Results): string {
  const page = (bar: string, kind: "checks" | "comparisons", miss: string): string[] => {
    const lines = tables.flatMap((table) => table[kind].map((one) => cellsOf(table.title, one, miss)));
    return lines.length === 0 ? [] : [render(["what", "figure", "value", bar, ""], lines)];
  };
  const checks = page("bar", "checks", "**fail**");
  const comparisons = page("goal", "comparisons", "not reached");
  const beside = "Beside tunnels in Go and Rust, or another build; a goal that is missed fails nothing:";
  return [about.join("\n"), ...checks, ...(comparisons.length > 0 ? [beside, ...comparisons] : [])].join(
    "\n\n",
  );
}

function cellsOf(title: string, { what, value, unit, spread, bar }: Figure, miss: string): string[] {
  const range = Number.isFinite(value) ? ` (${spread.map(formatValue).join("–")})` : "";
  const figure = `${formatValue(value)} ${unit}${range}`;
  if (bar === undefined) return [title, what, figure, "–", ""];
  const limit = `${bar.comparison === "at least" ? "≥" : "≤"} ${formatValue(bar.bar)} ${unit}`;
  return [title, what, figure, limit, meets(value, bar) ? "met" : miss];
}

function renderTable({ title, unit, series, notes }: Table): string {
  const lines = series.map(({ name, median, min, max }) => [name, ...[median, min, max].map(formatValue)]);
  return [`## ${title}`, render(["chain", `median, ${unit}`, "min", "max"], lines), ...notes].join("\n\n");
}

function render(head: string[], lines: string[][]): string {
  return markdownTable([head, ...lines], { alignDelimiters: false });
}

/** A figure for people: three significant digits, thousands separated, `–` when there is none. */
function formatValue(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 10 ? 1 : 2);
}
