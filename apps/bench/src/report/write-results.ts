import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { renderMarkdown, renderSummary } from "./markdown.js";
import type { Results } from "./results.js";

/**
 * Writes `latest.json` and `latest.md` and gives their folder.
 * A complete full run replaces what is published and the table of the README; any other goes to `results/tmp`, which is not kept.
 */
export function writeResults(results: Results, isComplete: boolean): string {
  const folder = fileURLToPath(new URL(`../../results/${isComplete ? "" : "tmp/"}`, import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}latest.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(`${folder}latest.md`, renderMarkdown(results));
  if (isComplete) {
    const path = fileURLToPath(new URL("../../README.md", import.meta.url));
    writeFileSync(path, replaceBlock(readFileSync(path, "utf8"), renderSummary(results)));
  }
  return folder;
}

/** Puts new text between the two result marks. Text without the marks comes back as it was. */
export function replaceBlock(text: string, block: string): string {
  const marks = /(<!-- results:begin -->\n).*(\n<!-- results:end -->)/s;
  return text.replace(marks, (_, begin: string, end: string) => `${begin}${block}${end}`);
}
