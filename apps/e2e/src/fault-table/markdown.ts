import { type Results, type RowResult, violationsOf } from "./results.js";

/** The table, with what its words mean and what missed its bar. */
export function renderMarkdown(results: Results): string {
  const { startedAt, command, machine, seconds, rows } = results;
  const minutes = (seconds / 60).toFixed(1);
  const verdict = isGood(results) ? "Every row passes." : "Not every row passes: see the end.";
  return `# Table of faults

Each fault was injected into real \`culvert\` processes as often as the table says; times are the median and, in brackets, the longest.
Bytes lost are those missing or changed on streams whose end was in good order at both sockets.

- Date: ${startedAt}
- Machine: ${machine}
- Command: \`${command}\`
- Took: ${minutes} min

${verdict}

| fault | times | detected ms | bar | recovered ms | bar | bytes lost | |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.map(renderRow).join("\n")}

## What detected and recovered mean

| row | detected | recovered |
| --- | --- | --- |
${rows.map(({ id, detected, recovered }) => `| ${id} | ${detected} | ${recovered} |`).join("\n")}
${renderNotes(rows)}${renderViolations(rows)}`;
}

/** Says whether every row that could run passes. */
export function isGood({ rows }: Results): boolean {
  return rows.every((row) => violationsOf(row).length === 0);
}

function renderRow(row: RowResult): string {
  const { id, fault, injections, bars, missing } = row;
  const name = `**${id}**: ${fault}`;
  if (missing !== undefined) return `| ${name} | 0 | | | | | | left out: ${missing} |`;
  const lost = injections.reduce((sum, { lostBytes }) => sum + lostBytes, 0);
  const detect = spread(injections.map(({ detectMs }) => detectMs));
  const recover = spread(injections.map(({ recoverMs }) => recoverMs));
  const verdict = violationsOf(row).length === 0 ? "pass" : "**miss**";
  const cells = [
    name,
    injections.length,
    detect,
    bar(bars.detectMs),
    recover,
    bar(bars.recoverMs),
    lost,
    verdict,
  ];
  return `| ${cells.join(" | ")} |`;
}

function bar(limitMs: number | undefined): string {
  return limitMs === undefined ? "" : `≤ ${limitMs}`;
}

/** The median and the longest of what was measured; a dash when nothing was. */
function spread(values: readonly (number | undefined)[]): string {
  const sorted = values.filter((value) => value !== undefined).sort((one, other) => one - other);
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  return median === undefined ? "–" : `${median.toFixed(0)} (${sorted.at(-1)?.toFixed(0)})`;
}

function renderNotes(rows: readonly RowResult[]): string {
  const notes = rows.flatMap(({ id, injections }) =>
    [...new Set(injections.map(({ note }) => note))].filter(Boolean).map((note) => `- ${id}: ${note}`),
  );
  return notes.length === 0 ? "" : `\n## Notes\n\n${notes.join("\n")}\n`;
}

function renderViolations(rows: readonly RowResult[]): string {
  const found = rows.flatMap((row) => violationsOf(row).map((text) => `- ${row.id}: ${text}`));
  return found.length === 0 ? "" : `\n## Misses\n\n${found.join("\n")}\n`;
}
