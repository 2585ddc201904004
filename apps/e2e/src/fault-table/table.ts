import type { Injection } from "../engine/recovery.js";
import type { Row, RowText } from "./row.js";
import { downloads } from "./rows/downloads.js";
import { endings } from "./rows/endings.js";
import { hostileFaults } from "./rows/hostile.js";
import { outages } from "./rows/outages.js";
import { claims, routeFaults } from "./rows/refusals.js";
import { stateFaults } from "./rows/state.js";
import { targets } from "./rows/targets.js";
import { visitorFaults } from "./rows/visitors.js";

/** Every row, in the order of the table. */
export const allRows: readonly Row[] = [
  ...[...outages, ...targets, ...visitorFaults, ...claims, ...hostileFaults],
  ...[...routeFaults, ...stateFaults, ...endings, ...downloads],
];

/** What was measured of one row. */
export interface RowResult extends RowText {
  readonly injections: readonly Injection[];
  /** Why it was left out. */
  readonly missing?: string | undefined;
}

/** What is wrong with a row, one sentence each; nothing when it passes. */
export function violationsOf({ injections, bars, missing }: RowResult): readonly string[] {
  if (missing !== undefined) return [];
  const found = injections.flatMap((injection, index) =>
    violationsIn(injection, bars).map((text) => `injection ${index + 1}: ${text}`),
  );
  return injections.length === 0 ? ["it was not injected at all"] : found;
}

function violationsIn({ lostBytes, failure, ...times }: Injection, bars: RowText["bars"]): string[] {
  if (failure !== undefined) return [failure];
  const late = (["detectMs", "recoverMs"] as const).flatMap((what) => {
    const [bar, time] = [bars[what], times[what]];
    // A time that is missing is as bad as one that is too long.
    if (bar === undefined || (time ?? Infinity) <= bar) return [];
    return [`${what.replace("Ms", "")}ed after ${time?.toFixed(0)} ms, the bar is ${bar} ms`];
  });
  return lostBytes === 0 ? late : [`${lostBytes} bytes lost`, ...late];
}

/** The table for people. */
export function renderTable(rows: readonly RowResult[], about: readonly string[]): string {
  const misses = rows.flatMap((row) => violationsOf(row).map((text) => `- ${row.id}: ${text}`));
  const notes = rows.flatMap(({ id, injections }) =>
    [...new Set(injections.map(({ note }) => note))].filter(Boolean).map((note) => `- ${id}: ${note}`),
  );
  return [
    ...["# Table of faults", ""],
    "Each fault was injected into real `culvert` processes as often as the table says; times are the median and, in brackets, the longest.",
    "Bytes lost are those missing or changed on streams whose end was in good order at both sockets.",
    ...["", ...about.map((line) => `- ${line}`), ""],
    misses.length === 0 ? "Every row passes." : "Not every row passes: see the end.",
    ...["", "| fault | times | detected ms | bar | recovered ms | bar | bytes lost | |"],
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map(renderRow),
    ...[
      "",
      "## What detected and recovered mean",
      "",
      "| row | detected | recovered |",
      "| --- | --- | --- |",
    ],
    ...rows.map(
      ({ id, detected = "nobody has to be told", recovered = "a new request is served" }) =>
        `| ${id} | ${detected} | ${recovered} |`,
    ),
    ...(notes.length === 0 ? [] : ["", "## Notes", "", ...notes]),
    ...(misses.length === 0 ? [] : ["", "## Misses", "", ...misses]),
    "",
  ].join("\n");
}

function renderRow(row: RowResult): string {
  const { id, fault, injections, bars, missing } = row;
  const lost = injections.reduce((sum, { lostBytes }) => sum + lostBytes, 0);
  const bar = (limitMs?: number): string => (limitMs === undefined ? "" : `≤ ${limitMs}`);
  const verdict = missing ?? (violationsOf(row).length === 0 ? "pass" : "**miss**");
  const detected = spread(injections.map(({ detectMs }) => detectMs));
  const recovered = spread(injections.map(({ recoverMs }) => recoverMs));
  const cells = [detected, bar(bars.detectMs), recovered, bar(bars.recoverMs), lost, verdict];
  return `| **${id}**: ${fault} | ${[injections.length, ...cells].join(" | ")} |`;
}

/** The median and the longest of what was measured; a dash when nothing was. */
function spread(values: readonly (number | undefined)[]): string {
  const sorted = values.filter((value) => value !== undefined).sort((one, other) => one - other);
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  return median === undefined ? "–" : `${median.toFixed(0)} (${sorted.at(-1)?.toFixed(0)})`;
}
