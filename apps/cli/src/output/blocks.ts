import type { PlainForm, Result } from "./result.js";

/** One thing as people read it: a title, then what is known of it, by label. Nothing is shown for null. */
export interface Block {
  readonly title: string;
  readonly fields: Readonly<Record<string, string | number | null>>;
}

/** How a list of blocks looks on a terminal. */
export interface Columns {
  /** The head above the titles: `name`. */
  readonly title: string;
  /** The labels of the fields that get a column. Default: all of the first block. */
  readonly fields?: readonly string[];
}

/** How to show one thing of a list, and the list as a table. */
export interface ListForm<T> {
  /** Default: titles are names, and all fields of the first block get a column. */
  readonly columns?: Partial<Columns> | undefined;
  block(item: T): Block;
}

/** One thing in plain form: its title, then a line for each field. */
export function formatBlock({ title, fields }: Block): string {
  const shown = Object.entries(fields).filter(([, value]) => value !== null);
  const width = Math.max(0, ...shown.map(([label]) => label.length));
  return [title, ...shown.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`)].join("\n");
}

/**
 * A list: a table on a terminal, else one block for each thing.
 *
 * @param none says that there is none
 */
export function listResult<T>(
  items: readonly T[],
  none: string,
  form: ListForm<T> | ListForm<T>["block"],
): Result {
  const { block, columns } = typeof form === "function" ? { block: form, columns: undefined } : form;
  const plain = async ({ isTerminal }: PlainForm): Promise<string> => {
    if (items.length === 0) return none;
    const blocks = items.map((item) => block(item));
    return isTerminal
      ? formatBlocks(blocks, { title: "name", ...columns })
      : blocks.map(formatBlock).join("\n\n");
  };
  return { plain, json: items };
}

async function formatBlocks(blocks: readonly Block[], { title, fields }: Columns): Promise<string> {
  const { formatTable } = await import("./table.js");
  const labels = fields ?? Object.keys(blocks[0]?.fields ?? {});
  const rows = blocks.map((block) => [
    block.title,
    ...labels.map((label) => String(block.fields[label] ?? "")),
  ]);
  return formatTable(
    [title, ...labels].map((label) => label.toUpperCase()),
    rows,
  );
}

/** What a list says where there is not even a node. */
export const noNodes = "There are no nodes: create one with `culvert node create`";

/** One thing, or `[]` when there is nothing of its kind. */
export function showResult<T>(item: T | readonly [], block: (item: T) => Block): Result {
  return isNone(item) ? noneResult : { plain: formatBlock(block(item)), json: item };
}

/** What is printed when a thing is looked up where there is nothing of its kind. */
export const noneResult: Result = { plain: "[]", machine: "[]", json: [] };

/** The same, with words for people. */
export function noneOf(none: string): Result {
  return { ...noneResult, plain: none };
}

/** Says whether a node answered that it has nothing of that kind. */
export function isNone<T>(item: T | readonly []): item is readonly [] {
  return Array.isArray(item);
}
