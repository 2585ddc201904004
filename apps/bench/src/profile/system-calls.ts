import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { findCommand } from "../chains/commands-present.js";

/** How often each system call was made, by name. */
export type SystemCalls = ReadonlyMap<string, number>;

/**
 * Counts all system calls of a process and its threads while a task runs.
 * Tracing slows the process down several times: the counts per byte tell more than the speed.
 *
 * @throws Error if strace is missing or may not attach
 */
export async function countSystemCalls(pid: number, task: () => Promise<void>): Promise<SystemCalls> {
  const strace = findCommand("strace");
  if (strace === undefined) throw new Error("strace not installed");
  const child = spawn(strace, ["-c", "-f", "-p", String(pid)], { stdio: ["ignore", "ignore", "pipe"] });
  const lines: string[] = [];
  const attached = new Promise<void>((resolve, reject) => {
    createInterface(child.stderr).on("line", (line) => {
      lines.push(line);
      if (/attached/.test(line)) resolve();
    });
    child.once("close", () => reject(new Error(`strace ended: ${lines.slice(-2).join(" | ")}`)));
  });
  const closed = once(child, "close");
  try {
    await attached;
    await task();
  } finally {
    // At an interrupt strace lets the process go and prints its table.
    child.kill("SIGINT");
  }
  await closed;
  return parseCallTable(lines.join("\n"));
}

/** Reads the table of `strace -c`: a line is `% time, seconds, usecs/call, calls, [errors,] name`. */
export function parseCallTable(text: string): SystemCalls {
  const calls = new Map<string, number>();
  for (const line of text.split("\n")) {
    const match = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?([a-z]\w*)$/.exec(line);
    if (match?.[2] !== undefined && match[2] !== "total") calls.set(match[2], Number(match[1]));
  }
  return calls;
}
