import { type Bar, type Figure, meets } from "./check.js";
import type { Results, Table } from "./results.js";

/** The report for people: machine, checks, figures, notes. */
export function renderMarkdown(results: Results): string {
  return ["# Bench results", "", renderSummary(results), "", ...results.tables.flatMap(renderTable)].join(
    "\n",
  );
}

/** The short tables for the README: one line per bar, and one per comparison. */
export function renderSummary({
  startedAt,
  seconds,
  mode,
  rounds,
  machine,
  chains,
  tables,
}: Results): string {
  const busiest = Math.max(...tables.map(({ othersShare }) => othersShare ?? 0), 0);
  const missing = chains.flatMap(({ name, missing }) =>
    missing === undefined ? [] : [`${name} (${missing})`],
  );
  const checks = tables.flatMap(({ title, checks }) => checks.map((one) => renderFigure(title, one, "fail")));
  const comparisons = tables.flatMap((table) =>
    table.comparisons.map((one) => renderFigure(table.title, one, "not reached")),
  );
  const beside =
    "Beside tunnels in Go and Rust, or another build, for information; a goal that is missed fails nothing:";
  return [
    `${machine}; ${startedAt}, ${mode} run of ${rounds} interleaved rounds in ${Math.round(seconds)} s.`,
    `Other programs took ${Math.round(busiest * 100)} % of the machine during the busiest row.`,
    `Chains: ${chains.map(({ name, title }) => `**${name}** ${title}`).join(" · ")}.`,
    ...(missing.length === 0 ? [] : [`Left out: ${missing.join(", ")}.`]),
    ...(checks.length === 0 ? [] : ["", ...head("bar"), ...checks]),
    ...(comparisons.length === 0 ? [] : ["", beside, "", ...head("goal"), ...comparisons]),
  ].join("\n");
}

function head(bar: string): string[] {
  return [`| what | figure | value | ${bar} | |`, "| --- | --- | ---: | ---: | --- |"];
}

function renderFigure(title: string, figure: Figure, miss: "fail" | "not reached"): string {
  const { what, value, unit, spread, bar } = figure;
  const range = Number.isFinite(value) ? ` (${spread.map(formatValue).join("–")})` : "";
  const verdict = bar === undefined ? "" : verdictOf(value, bar, miss);
  const limit =
    bar === undefined ? "–" : `${bar.comparison === "at least" ? "≥" : "≤"} ${formatValue(bar.bar)} ${unit}`;
  return `| ${title} | ${what} | ${formatValue(value)} ${unit}${range} | ${limit} | ${verdict} |`;
}

function verdictOf(value: number, bar: Bar, miss: "fail" | "not reached"): string {
  if (meets(value, bar)) return miss === "fail" ? "pass" : "reached";
  return miss === "fail" ? "**fail**" : miss;
}

function renderTable({ title, unit, series, notes, othersShare }: Table): string[] {
  const others = othersShare === undefined ? [] : [`Other programs took ${Math.round(othersShare * 100)} %.`];
  return [
    `## ${title}`,
    "",
    `| chain | median, ${unit} | min | max |`,
    "| --- | ---: | ---: | ---: |",
    ...series.map(
      ({ name, median, min, max }) => `| ${[name, ...[median, min, max].map(formatValue)].join(" | ")} |`,
    ),
    "",
    ...[...others, ...notes].flatMap((note) => [note, ""]),
  ];
}

/** A figure for people: three significant digits, thousands separated, `–` when there is none. */
function formatValue(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 10 ? 1 : 2);
}
