import type { Result } from "./result.js";

/** One thing as people read it: a title, then what is known of it, by label. Nothing is shown for null. */
export interface Block {
  readonly title: string;
  readonly fields: Readonly<Record<string, string | number | null>>;
}

/** One thing in plain form: its title, then a line for each field. */
export function formatBlock({ title, fields }: Block): string {
  const shown = Object.entries(fields).filter(([, value]) => value !== null);
  const width = Math.max(0, ...shown.map(([label]) => label.length));
  return [title, ...shown.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`)].join("\n");
}

/** A list: one block for each thing, or a line that says there is none. */
export function listResult<T>(items: readonly T[], none: string, block: (item: T) => Block): Result {
  const plain = items.length === 0 ? none : items.map((item) => formatBlock(block(item))).join("\n\n");
  return { plain, json: items };
}

/** One thing, or `[]` when there is nothing of its kind. */
export function showResult<T>(item: T | readonly [], block: (item: T) => Block): Result {
  return isNone(item) ? noneResult : { plain: formatBlock(block(item)), json: item };
}

/** What is printed in every form when a thing is looked up where there is nothing of its kind. */
export const noneResult: Result = { plain: "[]", machine: "[]", json: [] };

/** Says whether a node answered that it has nothing of that kind. */
export function isNone<T>(item: T | readonly []): item is readonly [] {
  return Array.isArray(item);
}
