import { formatValue } from "../report/format-value.js";
import type { Share } from "./cpu-profile.js";
import type { Observation, ObservedProcess } from "./observe.js";

/** Most system calls, and most functions, that are shown of a process. */
const shown = 6;

/** An observation for people: a table of counts, and below it what was traced or profiled. */
export function renderObservation(observed: Observation): string {
  const { chain, load, units, seconds, processes } = observed;
  const bulk = load === "bulk";
  const unit = bulk ? "MB" : "request";
  const rate = `${formatValue(units / seconds)} ${bulk ? "MB/s" : "requests/s"}`;
  return [
    `### ${chain}, ${bulk ? "one bulk stream down" : "requests of 100 B"}: ${rate}`,
    "",
    `| process | user µs per ${unit} | system µs per ${unit} | reads per ${unit} | bytes per read | writes per ${unit} | bytes per write |`,
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...processes.map((one) => renderCounts(one, units)),
    "",
    ...processes.flatMap((one) => renderDetails(one, unit)),
  ].join("\n");
}

function renderCounts({ name, counts }: ObservedProcess, units: number): string {
  const figures = [
    (counts.userSeconds * 1e6) / units,
    (counts.systemSeconds * 1e6) / units,
    counts.reads / units,
    counts.readBytes / counts.reads,
    counts.writes / units,
    counts.writtenBytes / counts.writes,
  ];
  return `| ${name} | ${figures.map(formatValue).join(" | ")} |`;
}

function renderDetails({ name, callsPerUnit, time }: ObservedProcess, unit: string): string[] {
  const lines: string[] = [];
  if (callsPerUnit !== undefined) {
    const calls = [...callsPerUnit].sort(([, a], [, b]) => b - a).slice(0, shown);
    const total = [...callsPerUnit.values()].reduce((sum, count) => sum + count, 0);
    const list = calls.map(([call, count]) => `${call} ${formatValue(count)}`).join(", ");
    lines.push(`- ${name}: ${formatValue(total)} system calls per ${unit}: ${list}`);
  }
  if (time !== undefined) {
    lines.push(`- ${name}, by area: ${renderShares(time.areas)}`);
    lines.push(`- ${name}, by function: ${renderShares(time.functions)}`);
  }
  return lines;
}

function renderShares(shares: readonly Share[]): string {
  return shares
    .slice(0, shown)
    .map(({ what, share }) => `${what} ${Math.round(share * 100)} %`)
    .join(", ");
}
