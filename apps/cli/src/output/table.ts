import Table from "cli-table3";

/** Space between two columns, in characters: as other tools have it. */
const gap = 3;

/** Rows below a head, in columns that are as wide as what is in them, without lines. Cells may be coloured. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    chars: noLines,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push([...head], ...rows.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

const lines = ["top", "bottom", "left", "mid", "right"].flatMap((where) => {
  const crossings = where === "left" || where === "right" ? ["", "-mid"] : ["", "-mid", "-left", "-right"];
  return crossings.map((crossing) => [`${where}${crossing}`, ""] as const);
});
const noLines = { ...Object.fromEntries(lines), middle: " ".repeat(gap) };
