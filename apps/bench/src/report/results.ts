import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Figure } from "./check.js";
import { renderMarkdown, renderSummary } from "./markdown.js";
import type { Series } from "./statistics.js";

/** One table: what was measured of several chains. */
export interface Table {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
  /** Held against bars of the design. */
  readonly checks: readonly Figure[];
  /** Beside tunnels in other languages, or beside another build: for information, a goal that is missed fails nothing. */
  readonly comparisons: readonly Figure[];
  /** Share of the machine's CPU time that other programs took meanwhile, 0 to 1. Above 0.1 the figures say little. */
  readonly othersShare?: number;
  /** What a reader must know: chains left out, failures, formulas. */
  readonly notes: readonly string[];
}

/** Everything a run found out: the content of `latest.json`. */
export interface Results {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly mode: "full" | "quick";
  readonly rounds: number;
  /** In one line. */
  readonly machine: string;
  readonly chains: readonly { readonly name: string; readonly title: string; readonly missing?: string }[];
  readonly tables: readonly Table[];
}

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
