import { closeSync, openSync, readFileSync, readSync } from "node:fs";

/** Read at once, in bytes. */
const blockBytes = 4 * 1_048_576;

/** Counts how often some bytes stand in what another process has in its memory: heap, stacks, buffers, and all else that can be read. */
export function countInMemory(pid: number, wanted: Uint8Array): number {
  const file = openSync(`/proc/${pid}/mem`, "r");
  try {
    let found = 0;
    for (const [from, to] of readableRegions(pid)) found += countInRegion(file, from, to, wanted);
    return found;
  } finally {
    closeSync(file);
  }
}

function readableRegions(pid: number): (readonly [number, number])[] {
  const lines = readFileSync(`/proc/${pid}/maps`, "utf8").split("\n");
  return lines.flatMap((line) => {
    const [, from = "", to = "", rest = ""] = /^([0-9a-f]+)-([0-9a-f]+) r(.*)$/.exec(line) ?? [];
    // Pages of the kernel's own cannot be read that way.
    if (from === "" || /\[v(var|syscall|dso)/.test(rest)) return [];
    return [[Number.parseInt(from, 16), Number.parseInt(to, 16)] as const];
  });
}

function countInRegion(file: number, from: number, to: number, wanted: Uint8Array): number {
  const block = Buffer.alloc(blockBytes + wanted.length);
  let [found, at, before] = [0, from, 0];
  while (at < to) {
    const length = Math.min(blockBytes, to - at);
    const read = readBlock(file, block, before, length, at);
    if (read === 0) return found;
    const bytes = block.subarray(0, before + read);
    for (let next = bytes.indexOf(wanted); next >= 0; next = bytes.indexOf(wanted, next + 1)) found++;
    // What begins at the end of a block may go on in the next one.
    before = Math.min(bytes.length, wanted.length - 1);
    bytes.copy(block, 0, bytes.length - before);
    at += read;
  }
  return found;
}

function readBlock(file: number, block: Buffer, offset: number, length: number, at: number): number {
  try {
    return readSync(file, block, offset, length, at);
  } catch {
    // Mapped, and no longer there.
    return 0;
  }
}
