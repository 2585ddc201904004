import cliTruncate from "cli-truncate";

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** A part of a text that fits a terminal, with the line that says so. */
export interface Viewport {
  /** `rows` lines at most, none of which is wider than the terminal. */
  readonly lines: readonly string[];
  /** The line of the text that is the first one to be seen; the wanted one, or the last that leaves no room empty. */
  readonly top: number;
}

/**
 * Cuts a text to what a terminal can show from a line on. The last row says which lines are seen where they are not all, and how to
 * go on.
 */
export function viewportOf(
  text: string,
  { rows, columns }: TerminalSize,
  wantedTop: number,
  keys: string,
): Viewport {
  const all = text.split("\n");
  const room = Math.max(1, rows - 1);
  const top = Math.max(0, Math.min(wantedTop, all.length - room));
  const seen = all.slice(top, top + room);
  const isWhole = seen.length === all.length;
  const place = isWhole ? "" : `lines ${top + 1} to ${top + seen.length} of ${all.length}; arrows scroll; `;
  return { lines: [...seen, `${place}${keys}`].map((line) => cliTruncate(line, columns)), top };
}
