/** Measurements as a table for people, one line each; a column is a title and how to print a measurement's cell. */
export function formatTable<T>(
  columns: Readonly<Record<string, (row: T) => string>>,
  measurements: readonly T[],
): string {
  const rows = measurements.map((row) => Object.values(columns).map((print) => print(row)));
  const lines = [Object.keys(columns), ...rows];
  const widths = Object.keys(columns).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `\n${text.join("\n")}\n`;
}
