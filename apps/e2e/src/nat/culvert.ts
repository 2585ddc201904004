import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killProcess, processesOf } from "../harness/processes.js";
import { type CommandResult, runCommand } from "../harness/run-command.js";
import { cleanEnvironment, culvertPath } from "../harness/workspace.js";
import type { Namespace } from "./namespace.js";

/** State folders are `culvert-nat-<process id>-<random>`. */
const prefix = "culvert-nat-";

/** The command on one host, with a state folder of its own. */
export interface Culvert {
  /** The state folder. */
  readonly home: string;
  /** Runs `culvert` with these arguments, whatever comes of it. */
  culvert(args: readonly string[]): Promise<CommandResult>;
  /**
   * Runs `culvert`, one string of arguments without spaces in them, and gives its standard output without the last line break.
   *
   * @throws Error if the exit code is not 0
   */
  ok(line: string): Promise<string>;
  /** Ends the host's nodes and deletes the folder. */
  close(): void;
}

/** Gives a namespace the command. */
export function openCulvert({ name }: Namespace): Culvert {
  const home = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  const env = cleanEnvironment(home);
  const culvert = (args: readonly string[]): Promise<CommandResult> =>
    runCommand("ip", ["netns", "exec", name, process.execPath, culvertPath, ...args], { env });
  const ok = async (line: string): Promise<string> => {
    const { code, stdout, stderr } = await culvert(line.split(" "));
    if (code !== 0) throw new Error(`culvert ${line} ended with ${code}: ${stderr}${stdout}`);
    return stdout.replace(/\n$/, "");
  };
  const close = (): void => {
    for (const pid of processesOf(home)) killProcess(pid);
    rmSync(home, { recursive: true, force: true, maxRetries: 10 });
  };
  return { home, culvert, ok, close };
}

/** Deletes state folders of earlier runs that were killed before they could. Their nodes ended with their namespaces. */
export function deleteAbandonedHomes(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = name.startsWith(prefix) ? /^\d+/.exec(name.slice(prefix.length))?.[0] : undefined;
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) {
      rmSync(join(tmpdir(), name), { recursive: true, force: true, maxRetries: 10 });
    }
  }
}
