import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Closable } from "../process/command.js";

/** Makes a folder that only this user can read, for keys and configurations; it goes with `opened`. */
export function openFolder(opened: Closable[], name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `culvert-bench-${name}-`));
  opened.push({ close: async () => rmSync(folder, { recursive: true, force: true }) });
  return folder;
}

/** Writes a file of lines into such a folder and gives its path. */
export function writeLines(folder: string, name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}
