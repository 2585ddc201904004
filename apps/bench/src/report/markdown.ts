import { type Bar, meets } from "./check.js";
import { formatValue } from "./format-value.js";
import type { Check, Comparison, Figure, Results, RowResult, Series } from "./results.js";

/** The report for people: machine, checks, figures, notes. */
export function renderMarkdown(results: Results): string {
  return [
    "# Bench results",
    "",
    ...describeRun(results),
    "",
    ...renderTables(results.rows),
    "",
    ...results.rows.flatMap(renderFigures),
  ].join("\n");
}

/** The short tables for the README: one line per bar, and one per goal. */
export function renderSummary(results: Results): string {
  return [...describeRun(results), "", ...renderTables(results.rows)].join("\n");
}

function describeRun({ startedAt, seconds, mode, rounds, machine, chains, rows }: Results): string[] {
  const { processor, cores, memoryGibibytes, system, node, busyBefore } = machine;
  const lines = [
    `${processor}, ${cores} cores, ${memoryGibibytes} GiB, ${system}, Node ${node}; ` +
      `${startedAt}, ${mode} run of ${rounds} interleaved rounds in ${Math.round(seconds)} s.`,
    `Other programs took ${Math.round(busyBefore * 100)} % of the machine just before the run${othersDuring(rows)}.`,
    `Chains: ${chains.map(({ name, title }) => `**${name}** ${title}`).join(" · ")}.`,
  ];
  const missing = chains.filter((chain) => chain.missing !== undefined);
  if (missing.length > 0) {
    lines.push(`Left out: ${missing.map((chain) => `${chain.name} (${chain.missing})`).join(", ")}.`);
  }
  return lines;
}

function othersDuring(rows: readonly RowResult[]): string {
  const shares = rows.map(({ othersShare }) => othersShare ?? 0);
  return rows.length === 0 ? "" : `, and ${Math.round(Math.max(...shares) * 100)} % during the busiest row`;
}

function renderTables(rows: readonly RowResult[]): string[] {
  const comparisons = renderComparisons(rows);
  return [...renderChecks(rows), ...(comparisons.length === 0 ? [] : ["", ...comparisons])];
}

/** What stands beside other tunnels is a table of its own, so that nobody takes a goal for a bar. */
function renderComparisons(rows: readonly RowResult[]): string[] {
  const lines = rows.flatMap(({ title, comparisons = [] }) =>
    comparisons.map((one) => `| ${title} | ${one.what} | ${renderValue(one)} | ${renderGoal(one)} |`),
  );
  const head = [
    "Beside tunnels in Go and Rust, for information; a goal that is missed fails nothing:",
    "",
    "| what | figure | value | goal | |",
    "| --- | --- | ---: | ---: | --- |",
  ];
  return lines.length === 0 ? [] : [...head, ...lines];
}

function renderGoal({ value, unit, goal }: Comparison): string {
  if (goal === undefined) return "– | ";
  return `${renderBar(goal, unit)} | ${meets(value, goal) ? "reached" : "not reached"}`;
}

function renderChecks(rows: readonly RowResult[]): string[] {
  const lines = rows.flatMap((row) =>
    row.checks.map(
      (check) =>
        `| ${row.title} | ${check.what} | ${renderValue(check)} | ${renderBar(check, check.unit)} | ${verdict(check)} |`,
    ),
  );
  return ["| what | figure | value | bar | |", "| --- | --- | ---: | ---: | --- |", ...lines];
}

function renderValue({ value, unit, spread }: Figure): string {
  const shown = `${formatValue(value)} ${unit}`;
  return spread === undefined || !Number.isFinite(value)
    ? shown
    : `${shown} (${spread.map(formatValue).join("–")})`;
}

function renderBar({ comparison, bar }: Bar, unit: string): string {
  return `${comparison === "at least" ? "≥" : "≤"} ${formatValue(bar)} ${unit}`;
}

function verdict({ passed }: Check): string {
  return passed ? "pass" : "**fail**";
}

function renderFigures({ title, unit, series, notes, othersShare }: RowResult): string[] {
  const withCost = series.some(({ cpuSecondsPerGigabyte }) => cpuSecondsPerGigabyte !== undefined);
  return [
    `## ${title}`,
    "",
    `| chain | median, ${unit} | min | max |${withCost ? " CPU s per GB |" : ""}`,
    `| --- | ---: | ---: | ---: |${withCost ? " ---: |" : ""}`,
    ...series.map((one) => renderSeries(one, withCost)),
    "",
    ...(othersShare === undefined ? [] : [`Other programs took ${Math.round(othersShare * 100)} %.`, ""]),
    ...notes.flatMap((note) => [note, ""]),
  ];
}

function renderSeries({ name, median, min, max, cpuSecondsPerGigabyte }: Series, withCost: boolean): string {
  const figures = [median, min, max, ...(withCost ? [cpuSecondsPerGigabyte ?? Number.NaN] : [])];
  return `| ${name} | ${figures.map(formatValue).join(" | ")} |`;
}
