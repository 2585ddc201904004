import { formatValue } from "./format-value.js";
import type { Results, RowResult, Series } from "./results.js";

const width = 860;
const labelWidth = 190;
const barWidth = 420;
const lineHeight = 18;
const titleHeight = 30;

const colours = { subject: "#1a7f5a", other: "#8a94a6", pass: "#1a7f5a", fail: "#c0392b" };

/** A picture of all rows: one bar per chain, as long as its median, and the checks beside their row. */
export function renderPicture(results: Results): string {
  const parts: string[] = [];
  let y = 34;
  parts.push(text(12, 22, "Culvert beside other chains: medians", 'font-size="16" font-weight="600"'));
  for (const row of results.rows) {
    parts.push(renderRow(row, y));
    y += rowHeight(row);
  }
  const { machine, startedAt, rounds } = results;
  const where = `${machine.processor}, ${machine.cores} cores, Node ${machine.node}, ${rounds} rounds, ${startedAt}`;
  parts.push(text(12, y + 16, where, 'fill="#667"'));
  const height = y + 30;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
      'font-family="system-ui, sans-serif" font-size="12" fill="#223">',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function rowHeight({ series, checks }: RowResult): number {
  return titleHeight + Math.max(series.length, checks.length) * lineHeight;
}

function renderRow(row: RowResult, top: number): string {
  const most = Math.max(
    ...row.series.map(({ median }) => (Number.isFinite(median) ? median : 0)),
    Number.MIN_VALUE,
  );
  const hint = `${row.unit}, ${row.better} is better`;
  return [
    text(12, top + 20, `${row.title} (${hint})`, 'font-weight="600"'),
    ...row.series.map((series, index) => renderBar(series, top + titleHeight + index * lineHeight, most)),
    ...row.checks.map((check, index) => {
      const sign = check.comparison === "at least" ? "≥" : "≤";
      const line = `${check.passed ? "✓" : "✗"} ${check.what} ${formatValue(check.value)} ${check.unit} (${sign} ${check.bar})`;
      const colour = check.passed ? colours.pass : colours.fail;
      return text(
        width - 12,
        top + titleHeight + index * lineHeight + 13,
        line,
        `fill="${colour}" text-anchor="end"`,
      );
    }),
  ].join("\n");
}

function renderBar({ name, median }: Series, y: number, most: number): string {
  const length = Number.isFinite(median) ? Math.max(1, (median / most) * (barWidth - 90)) : 0;
  const colour = name.startsWith("culvert") ? colours.subject : colours.other;
  return [
    text(labelWidth - 8, y + 13, name, 'text-anchor="end"'),
    `<rect x="${labelWidth}" y="${y + 3}" width="${length.toFixed(1)}" height="12" rx="2" fill="${colour}"/>`,
    text(labelWidth + length + 6, y + 13, formatValue(median), 'fill="#445"'),
  ].join("");
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${escapeXml(content)}</text>`;
}

function escapeXml(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
