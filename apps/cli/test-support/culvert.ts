import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { NodeJson } from "../src/node-process/node-json.js";
import type { ServiceView } from "../src/resources/service.js";
import type { InletView } from "../src/resources/tcp-inlet.js";
import type { OutletView } from "../src/resources/tcp-outlet.js";
import type { RelayView } from "../src/resources/views/relay-view.js";
import type { TransportView } from "../src/resources/views/transport-view.js";

/** What a run of the command gave. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** The working folder. */
  readonly cwd?: string;
}

/** A node, as `node create` and `node show` give it. */
export interface ShownNode extends NodeJson {
  readonly transports: readonly TransportView[];
  readonly inlets: readonly InletView[];
  readonly outlets: readonly OutletView[];
  readonly relays: readonly RelayView[];
  readonly services: readonly ServiceView[];
}

/** A command line: arguments, or text that is split at spaces. */
export type Line = string | readonly string[];

/** The command built from the sources, with a home folder of its own. */
export interface Culvert extends AsyncDisposable {
  readonly home: string;
  /** The command itself, a script for Node.js. */
  readonly launcher: string;
  /** Runs a command to its end. */
  run(line: Line, options?: RunOptions): Promise<Run>;
  /** Runs a command that must succeed and gives its standard output, trimmed. */
  ok(line: Line, options?: RunOptions): Promise<string>;
  /** Runs a command with JSON output. */
  json<T>(line: Line): Promise<T>;
  /** Starts a command that stays. */
  start(line: Line): ChildProcess;
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
let built: Promise<string> | undefined;

/** Builds the command once per test process, as its recipe does, without a look at `dist`. */
function builtLauncher(): Promise<string> {
  built ??= buildCommand();
  return built;
}

async function buildCommand(): Promise<string> {
  // Below this package, so that what is not bundled is found.
  const folder = join(root, "apps/cli/node_modules/.cache", `culvert-test-${process.pid}`);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  await build({
    entryPoints: {
      index: join(root, "apps/cli/src/index.ts"),
      "node-process": join(root, "apps/cli/src/node-process/main.ts"),
    },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "error",
    external: ["pino", "pino-pretty", "rotating-file-stream", "prom-client", "jq-wasm"],
    define: { CULVERT_VERSION: '"1.2.3"' },
    banner: {
      js: 'import { createRequire as culvertRequire } from "node:module"; const require = culvertRequire(import.meta.url);',
    },
    plugins: [
      {
        name: "workspace sources",
        setup(plugin) {
          // As Node.js resolves them.
          plugin.onResolve({ filter: /^@x\/(secure-channel|transport-ws)$/ }, ({ path }) => ({
            path: sourceOf(`${path}/node`),
          }));
          plugin.onResolve({ filter: /^#ed25519$/ }, () => ({
            path: sourceOf("@x/identity/ed25519-node"),
          }));
          plugin.onResolve({ filter: /^@x\// }, ({ path }) => ({
            path: sourceOf(path),
          }));
        },
      },
    ],
  });
  const launcher = join(folder, "culvert.mjs");
  await mkdir(folder, { recursive: true });
  await writeFile(launcher, 'import { main } from "./index.js";\nvoid main(process.argv.slice(2));\n');
  return launcher;
}

/** The command with an empty home folder. Disposing of it deletes its nodes and the folder. */
export async function culvert(): Promise<Culvert> {
  const launcher = await builtLauncher();
  const home = await mkdtemp(join(tmpdir(), "culvert-test-"));
  const launch = (line: Line, { env = {}, cwd }: RunOptions = {}): ChildProcess =>
    spawn(process.execPath, [launcher, ...argumentsOf(line)], {
      cwd,
      env: { PATH: process.env.PATH, HOME: home, CULVERT_HOME: join(home, "state"), ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
  const run = (line: Line, options: RunOptions = {}): Promise<Run> =>
    collect(launch(line, options), options.input);
  const ok = async (line: Line, options?: RunOptions): Promise<string> => {
    const { code, stdout, stderr } = await run(line, options);
    if (code !== 0) throw new Error(`culvert ${argumentsOf(line).join(" ")} ended with ${code}: ${stderr}`);
    return stdout.trim();
  };
  return {
    home: join(home, "state"),
    launcher,
    run,
    ok,
    json: async <T>(line: Line) => JSON.parse(await ok([...argumentsOf(line), "--output", "json"])) as T,
    start: (line) => launch(line),
    async [Symbol.asyncDispose]() {
      await ok("node delete --all --yes --force");
      await rm(home, { recursive: true, force: true });
    },
  };
}

function argumentsOf(line: Line): readonly string[] {
  return typeof line === "string" ? line.split(" ").filter((word) => word !== "") : line;
}

/** Waits for a child's end and gives what it wrote. */
export function collect(child: ChildProcess, input?: string): Promise<Run> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  if (input !== undefined) child.stdin?.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Resolves when a stream has carried text that matches. Call it before the text can come. */
export function untilText(stream: NodeJS.ReadableStream | null, pattern: RegExp): Promise<string> {
  let text = "";
  return new Promise((resolve) => {
    const onData = (part: Buffer | string): void => {
      text += String(part);
      const found = pattern.exec(text);
      if (found === null) return;
      stream?.off("data", onData);
      resolve(found[0]);
    };
    stream?.on("data", onData);
  });
}

/** The source of an entry: `@x/stream` and `@x/stream/inner`. */
function sourceOf(specifier: string): string {
  const [, name = "", entry = "index"] = specifier.split("/");
  return join(root, "packages", name, "src", `${entry}.ts`);
}
