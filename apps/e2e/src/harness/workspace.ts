import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onFinished } from "./on-finished.js";
import { hasProc, isRunning, killProcess, processesOf } from "./processes.js";
import { type CommandResult, type RunOptions, runCommand } from "./run-command.js";

/** The command as built. */
export const culvertPath: string = fileURLToPath(new URL("../../../cli/bin/culvert", import.meta.url));

/** What `node show` says as JSON, as far as tests read it. */
export interface NodeView {
  readonly name: string;
  readonly pid: number;
  readonly status: string;
  readonly route: { readonly short: string; readonly verbose: string };
  readonly services: readonly { readonly addr: string; readonly type: string }[];
}

/** A state folder of its own, in which the test's commands and nodes live. Everything ends with the test. */
export interface Workspace {
  /** The folder. */
  readonly home: string;
  /** Runs `culvert` with these arguments, whatever comes of it. */
  run(args: readonly string[], options?: RunOptions): Promise<CommandResult>;
  /**
   * Runs `culvert`, one string of arguments without spaces in them, and gives its standard output without the last line break.
   *
   * @throws Error if the exit code is not 0
   */
  ok(line: string): Promise<string>;
  /** As `ok`, and reads the output as JSON. */
  json<T>(line: string): Promise<T>;
  /** Creates a node; further arguments as one string. */
  createNode(name: string, more?: string): Promise<NodeView>;
  /** The port of a node's TCP listener. */
  tcpPort(node: string): Promise<number>;
}

/** Makes a workspace for the running test. `environment` is added to that of its commands and nodes. */
export function openWorkspace(environment: NodeJS.ProcessEnv = {}): Workspace {
  const home = mkdtempSync(join(tmpdir(), "culvert-e2e-"));
  const recordedPids = new Set<number>();
  const run = (args: readonly string[], options: RunOptions = {}): Promise<CommandResult> =>
    runCommand(process.execPath, [culvertPath, ...args], {
      ...options,
      env: { ...cleanEnvironment(home), ...environment, ...options.env },
    });

  const ok = async (line: string): Promise<string> => {
    const { code, stdout, stderr } = await run(line.split(" "));
    if (code !== 0) throw new Error(`culvert ${line} ended with ${code}: ${stderr}${stdout}`);
    return stdout.replace(/\n$/, "");
  };
  const json = async <T>(line: string): Promise<T> => JSON.parse(await ok(`${line} --output json`)) as T;
  const createNode = async (name: string, more = ""): Promise<NodeView> => {
    await ok(`node create ${name} ${more}`.trim());
    const view = await json<NodeView>(`node show ${name}`);
    recordedPids.add(view.pid);
    return view;
  };
  const tcpPort = async (node: string): Promise<number> => {
    const { verbose } = (await json<NodeView>(`node show ${node}`)).route;
    return Number(verbose.slice(verbose.lastIndexOf("/") + 1));
  };
  onFinished(() => {
    for (const pid of hasProc ? processesOf(home) : [...recordedPids].filter(isRunning)) killProcess(pid);
    rmSync(home, { recursive: true, force: true, maxRetries: 10 });
  });
  return { home, run, ok, json, createNode, tcpPort };
}

/** An environment for commands: without what would change what they print, and with a state folder. */
export function cleanEnvironment(home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(CULVERT_|VITEST|NODE_OPTIONS$|QUIET$|NO_COLOR$|NO_INPUT$|FORCE_COLOR$)/.test(name),
  );
  return { ...Object.fromEntries(kept), CULVERT_HOME: home };
}
