import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onFinished } from "./on-finished.js";
import { portOf } from "./ports.js";
import { hasProc, isRunning, killProcess, processesOf } from "./processes.js";
import { type CommandResult, runCommand, succeed } from "./run-command.js";

/** Node and the command as built. */
export const culvert: readonly [string, string] = [
  process.execPath,
  fileURLToPath(new URL("../../../cli/bin/culvert", import.meta.url)),
];

/** What `node show` says as JSON, as far as tests read it. */
export interface NodeView {
  readonly name: string;
  readonly pid: number;
  readonly status: string;
  readonly route: { readonly verbose: string };
  /** `host:port`, of nodes that were created with `--http-server`. */
  readonly http_server_address: string;
}

/** A state folder of its own, in which the test's commands and nodes live. Everything ends with the test. */
export interface Workspace {
  /** The folder. */
  readonly home: string;
  /** Runs `culvert`, whatever comes of it. Arguments stand in one string, without spaces in them. */
  run(line: string): Promise<CommandResult>;
  /** Runs `culvert` and gives its standard output; rejects if the exit code is not 0. */
  ok(line: string): Promise<string>;
  /** As `ok`, and reads the output as JSON. */
  json<T>(line: string): Promise<T>;
  /** Creates a node; further arguments as one string. */
  createNode(name: string, more?: string): Promise<NodeView>;
  /** The port of a node's TCP listener. */
  tcpPort(node: string): Promise<number>;
  /** The process of a node as it runs now. */
  pidOf(node: string): Promise<number>;
}

/** How a workspace is made. */
export interface WorkspaceOptions {
  /** Added to the environment of commands and nodes. Default: nothing. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
  /** What stands before each command: `["ip", "netns", "exec", "x"]`. Default: nothing. */
  readonly prefix?: readonly string[];
}

/** Makes a workspace for the running test. */
export function openWorkspace({ environment, prefix = [] }: WorkspaceOptions = {}): Workspace {
  const home = mkdtempSync(join(tmpdir(), "culvert-e2e-"));
  const recordedPids = new Set<number>();
  const env = { ...cleanEnvironment(home), ...environment };
  const [file = "", ...first] = [...prefix, ...culvert];
  const ok = (line: string): Promise<string> => succeed(file, [...first, ...line.split(" ")], env);
  const json = async <T>(line: string): Promise<T> => JSON.parse(await ok(`${line} --output json`)) as T;
  onFinished(() => {
    for (const pid of hasProc ? processesOf(home) : [...recordedPids].filter(isRunning)) killProcess(pid);
    rmSync(home, { recursive: true, force: true, maxRetries: 10 });
  });
  return {
    home,
    run: (line) => runCommand(file, [...first, ...line.split(" ")], env),
    ok,
    json,
    createNode: async (name, more = "") => {
      await ok(`node create ${name} ${more}`.trim());
      const view = await json<NodeView>(`node show ${name}`);
      recordedPids.add(view.pid);
      return view;
    },
    tcpPort: async (node) => portOf((await json<NodeView>(`node show ${node}`)).route.verbose),
    pidOf: async (node) => (await json<NodeView>(`node show ${node}`)).pid,
  };
}

/** An environment for commands: without what would change what they print, and with a state folder. */
export function cleanEnvironment(home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(CULVERT_|VITEST|NODE_OPTIONS$|QUIET$|NO_COLOR$|NO_INPUT$|FORCE_COLOR$)/.test(name),
  );
  return { ...Object.fromEntries(kept), CULVERT_HOME: home };
}
