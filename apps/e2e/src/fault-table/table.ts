import { markdownTable } from "markdown-table";
import { max, quantile } from "simple-statistics";
import type { Injection } from "../engine/recovery.js";
import type { Row, RowText } from "./row.js";
import { downloads } from "./rows/downloads.js";
import { endings } from "./rows/endings.js";
import { hostileFaults } from "./rows/hostile.js";
import { outages } from "./rows/outages.js";
import { claims, routeFaults } from "./rows/refusals.js";
import { relayClients } from "./rows/relay-clients.js";
import { stateFaults } from "./rows/state.js";
import { targets } from "./rows/targets.js";
import { visitorFaults } from "./rows/visitors.js";

/** Every row, in the order of the table. */
export const allRows: readonly Row[] = [
  ...[...outages, relayClients, ...targets, ...visitorFaults, ...claims, ...hostileFaults],
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

function violationsIn({ lostBytes = 0, failure, ...times }: Injection, bars: RowText["bars"]): string[] {
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
  const heads = ["fault", "times", "detected ms", "bar", "recovered ms", "bar", "bytes lost", ""];
  const table = (...lines: string[][]): string => markdownTable(lines, { alignDelimiters: false });
  return `# Table of faults

Each fault was injected into real \`culvert\` processes as often as the table says; times are the median and, in brackets, the longest.
Detected is when the last of those knew who must be told: nodes log \`Connection lost\`, commands say an error (beyond the time of one that
succeeds), sockets of visitors are reset, processes have ended. Nothing stands there where nobody has to be told.
Recovered is counted from the end of the fault, or from its begin where it takes no time, or service should go on meanwhile: until a new
request is served and a transfer that has to go on moves both ways; for transfers that are reset, the longest pause.
Bytes lost are those missing or changed on streams whose end was in good order at both sockets.

${about.map((line) => `- ${line}`).join("\n")}

${misses.length === 0 ? "Every row passes." : "Not every row passes: see the end."}

${table(heads, ...rows.map(cellsOf))}

## Notes

${[...notes, ...misses.map((miss) => `${miss} (**miss**)`)].join("\n")}
`;
}

function cellsOf(row: RowResult): string[] {
  const { id, fault, injections, bars, missing } = row;
  const lost = injections.reduce((sum, { lostBytes = 0 }) => sum + lostBytes, 0);
  const cellsOfTime = (what: "detectMs" | "recoverMs"): string[] => {
    const times = injections.flatMap((one) => one[what] ?? []);
    const spread = times.length > 0 ? `${quantile(times, 0.5).toFixed(0)} (${max(times).toFixed(0)})` : "–";
    return [spread, bars[what] === undefined ? "" : `≤ ${bars[what]}`];
  };
  const verdict = missing ?? (violationsOf(row).length === 0 ? "pass" : "**miss**");
  const times = [...cellsOfTime("detectMs"), ...cellsOfTime("recoverMs")];
  return [`**${id}**: ${fault}`, `${injections.length}`, ...times, `${lost}`, verdict];
}
