import { type FileHandle, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { maxLogFiles } from "../node-process/limits.js";
import { logFileName, oldLogFileName } from "../node-process/telemetry/log-file-name.js";
import { eventPollMs } from "./limits.js";

export interface LogLinesOptions {
  /** Go on with what is written from now on, until `signal` is aborted. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** How much is read at once, in bytes. */
const readBytes = 65_536;

/**
 * The lines of a node's log, the oldest first, also of the files that were put aside. To follow it, also what is added, when the file is
 * put aside and begun anew too; `undefined` stands before that.
 */
export async function* logLines(
  folder: string,
  { follow, signal }: LogLinesOptions,
): AsyncGenerator<string | undefined, void, undefined> {
  for (let index = maxLogFiles; index > 0; index--) {
    const old = await open(join(folder, oldLogFileName(index)), "r").catch(() => undefined);
    if (old !== undefined) yield* linesOf(old, { text: "", position: 0 });
    await old?.close();
  }
  const path = join(folder, logFileName);
  let file = await open(path, "r");
  let reading: Reading = { text: "", position: 0 };
  try {
    yield* linesOf(file, reading);
    if (!follow) return;
    yield undefined;
    while (!signal.aborted) {
      const isReplaced = await isOther(file, path);
      yield* linesOf(file, reading);
      if (isReplaced) {
        await file.close();
        file = await open(path, "r");
        reading = { text: "", position: 0 };
      } else await sleep(eventPollMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    await file.close();
  }
}

interface Reading {
  /** The beginning of a line whose end is not written yet. */
  text: string;
  position: number;
}

async function* linesOf(file: FileHandle, reading: Reading): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  const buffer = Buffer.alloc(readBytes);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, reading.position);
    if (bytesRead === 0) return;
    reading.position += bytesRead;
    const lines = (reading.text + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split(
      "\n",
    );
    reading.text = lines.pop() ?? "";
    yield* lines;
  }
}

async function isOther(file: FileHandle, path: string): Promise<boolean> {
  const now = await stat(path).catch(() => undefined);
  return now !== undefined && now.ino !== (await file.stat()).ino;
}
