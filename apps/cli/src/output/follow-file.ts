import { type FileHandle, open, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { writeStandardOutput } from "./standard-output.js";

export interface FollowOptions {
  /** How many lines from the end to begin with. */
  readonly lines: number;
  /** Ends the following. */
  readonly signal: AbortSignal;
}

/** Pause between two looks at the file, in milliseconds. 200: lines seem to come at once. */
const pollMs = 200;

/** How much of the end is searched for the first lines, in bytes. 256 KiB: thousands of lines. */
const tailBytes = 262_144;

/** Prints the last lines of a file, then what is added to it, also when the file is put aside and begun anew. */
export async function followFile(path: string, { lines, signal }: FollowOptions): Promise<void> {
  let file = await open(path, "r");
  let position = await printTail(file, lines);
  while (!signal.aborted) {
    position = await printFrom(file, position);
    if (await isReplaced(file, path)) {
      await printFrom(file, position);
      await file.close();
      file = await open(path, "r");
      position = 0;
    }
    await sleep(pollMs, undefined, { signal }).catch(() => {});
  }
  await file.close();
}

async function printTail(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  const start = Math.max(0, size - tailBytes);
  const buffer = Buffer.alloc(size - start);
  await file.read(buffer, 0, buffer.length, start);
  const all = buffer.toString("utf8").split("\n");
  // The text ends with a line end, so the last piece is empty.
  await writeStandardOutput(all.slice(Math.max(0, all.length - 1 - lines)).join("\n"));
  return size;
}

async function printFrom(file: FileHandle, start: number): Promise<number> {
  const buffer = Buffer.alloc(65_536);
  let position = start;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return position;
    position += bytesRead;
    await writeStandardOutput(buffer.subarray(0, bytesRead));
  }
}

async function isReplaced(file: FileHandle, path: string): Promise<boolean> {
  const now = await stat(path).catch(() => undefined);
  return now !== undefined && now.ino !== (await file.stat()).ino;
}
