import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";

/** A running command of somebody else's making, with all its children in one process group. */
export interface Command {
  readonly pid: number;
  /**
   * Resolves with the first line of its output that matches, also one from shortly before the call.
   *
   * @throws Error if the command ends first, or after 10 s
   */
  waitForLine(pattern: RegExp): Promise<RegExpMatchArray>;
  /** Ends the command and its children. Safe to call twice. */
  close(): Promise<void>;
}

const lineTimeoutMs = 10_000;

/** Lines kept for a later look: commands that log every connection must not fill our memory. */
const maxLinesKept = 100;
const running = new Set<Command>();

/** Starts a command. Its output is read for signs of readiness; nothing of it is shown. */
export function startCommand(file: string, args: readonly string[]): Command {
  const child = spawn(file, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const lines = new LineWatch(file, child);
  const command: Command = {
    pid: child.pid ?? 0,
    waitForLine: (pattern) => lines.waitFor(pattern),
    close: async () => {
      running.delete(command);
      await killGroup(child);
    },
  };
  running.add(command);
  return command;
}

/** Ends every command still running: for the moment the bench itself is told to end. */
export async function closeAllCommands(): Promise<void> {
  await Promise.all([...running].map((command) => command.close()));
}

async function killGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const ended = child.exitCode !== null || child.signalCode !== null ? undefined : once(child, "exit");
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
  await ended;
}

class LineWatch {
  readonly #file: string;
  readonly #seen: string[] = [];
  readonly #listeners = new Set<(line: string | undefined) => void>();
  #ended = false;

  constructor(file: string, child: ChildProcess) {
    this.#file = file;
    child.once("error", () => this.#end());
    child.once("exit", () => this.#end());
    for (const output of [child.stdout, child.stderr]) {
      if (output !== null) createInterface(output).on("line", (line) => this.#take(line));
    }
  }

  waitFor(pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
      };
      const listener = (line: string | undefined): void => {
        const match = line?.match(pattern);
        if (line !== undefined && !match) return;
        settle();
        if (match) resolve(match);
        else reject(new Error(`Command ${this.#file} ended: ${this.#seen.slice(-3).join(" | ")}`));
      };
      const timer = setTimeout(() => {
        settle();
        reject(new Error(`Command ${this.#file} is not ready after ${lineTimeoutMs} ms`));
      }, lineTimeoutMs);
      this.#listeners.add(listener);
      for (const line of [...this.#seen, ...(this.#ended ? [undefined] : [])]) {
        if (this.#listeners.has(listener)) listener(line);
      }
    });
  }

  #take(line: string): void {
    const text = stripVTControlCharacters(line);
    this.#seen.push(text);
    if (this.#seen.length > maxLinesKept) this.#seen.shift();
    for (const listener of [...this.#listeners]) listener(text);
  }

  #end(): void {
    this.#ended = true;
    for (const listener of [...this.#listeners]) listener(undefined);
  }
}
