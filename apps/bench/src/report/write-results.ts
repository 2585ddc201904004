import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { renderMarkdown, renderSummary } from "./markdown.js";
import { renderPicture } from "./picture.js";
import type { Results } from "./results.js";

/**
 * Writes `latest.json`, `latest.md` and `latest.svg` and gives their folder.
 * A complete full run replaces what is published; any other goes to `results/tmp`, which is not kept.
 */
export function writeResults(results: Results, complete: boolean): string {
  const folder = resultsFolder(complete);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}latest.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(`${folder}latest.md`, renderMarkdown(results));
  writeFileSync(`${folder}latest.svg`, renderPicture(results));
  if (complete) updateReadme(results);
  return folder;
}

function resultsFolder(complete: boolean): string {
  return fileURLToPath(new URL(`../results/${complete ? "" : "tmp/"}`, import.meta.url));
}

function updateReadme(results: Results): void {
  const path = fileURLToPath(new URL("../README.md", import.meta.url));
  if (existsSync(path)) writeFileSync(path, replaceBlock(readFileSync(path, "utf8"), renderSummary(results)));
}

const blockBegin = "<!-- results:begin -->";
const blockEnd = "<!-- results:end -->";

/** Puts new text between the two result marks. Text without the marks comes back as it was. */
export function replaceBlock(text: string, block: string): string {
  const begin = text.indexOf(blockBegin);
  const end = text.indexOf(blockEnd);
  if (begin === -1 || end < begin) return text;
  return `${text.slice(0, begin + blockBegin.length)}\n${block}\n${text.slice(end)}`;
}
