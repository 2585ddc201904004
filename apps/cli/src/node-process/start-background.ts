import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CulvertError } from "@x/core";
import { CliError } from "../cli-error.js";
import { fromWireError, type WireError } from "../control/wire-error.js";
import type { Passphrases } from "../identities/passphrases.js";
import { makePrivateFolder } from "../state/home.js";
import type { NodeStore } from "../state/nodes.js";
import { startTimeoutMs } from "./limits.js";
import type { PassphraseAnswer, PassphraseQuestion } from "./passphrase-questions.js";

/** What a background process tells the command that started it. */
export type StartReport = { readonly ready: true } | { readonly ready: false; readonly error: WireError };

export interface StartBackgroundOptions {
  /** Take over from a process that still runs. */
  readonly force?: boolean;
  /** Whether the node ends with the command, however that ends. */
  readonly endsWithCommand?: boolean;
  /** Gives up and kills the process. */
  readonly signal?: AbortSignal;
  /** Answers what it asks for its vaults. Default: nothing is to be had. */
  readonly passphrases?: () => Promise<Passphrases>;
}

/**
 * Starts the background process of a node and resolves when it answers commands.
 *
 * @throws CliError, CulvertError what the process reports; NODE_START_FAILED, TIMED_OUT, ABORTED
 */
export async function startBackground(
  nodes: NodeStore,
  name: string,
  options: StartBackgroundOptions = {},
): Promise<void> {
  const { logFolder } = nodes.paths(name);
  makePrivateFolder(logFolder);
  const rawLog = join(logFolder, rawLogName);
  const child = spawnNode(nodes.home, name, rawLog, options);
  try {
    await untilReady(child, { name, rawLog, ...options });
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    if (child.connected && options.endsWithCommand !== true) child.disconnect();
    child.unref();
  }
}

/** What the process writes outside its log: the last words of a crash. */
const rawLogName = "stderr.log";

function spawnNode(
  home: string,
  name: string,
  rawLog: string,
  { force = false, endsWithCommand = false }: StartBackgroundOptions,
): ChildProcess {
  const script = fileURLToPath(new URL("./node-process.js", import.meta.url));
  const output = openSync(rawLog, "w", 0o600);
  try {
    return spawn(
      process.execPath,
      [script, name, ...(force ? ["--force"] : []), ...(endsWithCommand ? ["--ends-with-command"] : [])],
      {
        cwd: home,
        detached: true,
        // A node has no use for a ticket, and others may read the variables of a process for as long as it lives.
        env: { ...process.env, CULVERT_HOME: home, CULVERT_TICKET: undefined },
        stdio: ["ignore", output, output, "ipc"],
        windowsHide: true,
      },
    );
  } finally {
    closeSync(output);
  }
}

interface Awaited extends Pick<StartBackgroundOptions, "signal" | "passphrases"> {
  readonly name: string;
  readonly rawLog: string;
}

function untilReady(child: ChildProcess, { name, rawLog, signal, passphrases }: Awaited): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      child.removeAllListeners();
      child.on("error", () => {});
      if (error === undefined) resolve();
      else reject(error);
    };
    const onAbort = (): void => settle(new CulvertError("ABORTED", `Cannot start node "${name}": given up`));
    const onTimeout = (): void => settle(startTimedOut(name));
    let timer = setTimeout(onTimeout, startTimeoutMs);
    const answer = async (question: PassphraseQuestion): Promise<void> => {
      // Somebody may have to type it.
      clearTimeout(timer);
      const passphrase = (await passphraseFor(question, passphrases)) ?? null;
      child.send({ id: question.id, passphrase } satisfies PassphraseAnswer, () => {});
      timer = setTimeout(onTimeout, startTimeoutMs);
    };
    signal?.addEventListener("abort", onAbort);
    child.on("message", (message: StartReport | PassphraseQuestion) => {
      if ("ask" in message) answer(message).catch(settle);
      else settle(message.ready ? undefined : fromWireError(message.error));
    });
    child.once("error", (error) => settle(startFailed(name, error.message, error)));
    child.once("exit", (code, killedBy) =>
      settle(startFailed(name, lastWords(rawLog) ?? `it ended with ${killedBy ?? code}`)),
    );
  });
}

async function passphraseFor(
  { vault }: PassphraseQuestion,
  passphrases: StartBackgroundOptions["passphrases"],
): Promise<string | undefined> {
  const source = await passphrases?.();
  return vault === null ? source?.forNew() : source?.of(vault);
}

function startTimedOut(name: string): CulvertError {
  return new CulvertError(
    "TIMED_OUT",
    `Cannot start node "${name}": it was not ready within ${startTimeoutMs} ms`,
  );
}

function startFailed(name: string, reason: string, cause?: unknown): CliError {
  return new CliError("NODE_START_FAILED", `Cannot start node "${name}": ${reason}`, { cause });
}

function lastWords(rawLog: string): string | undefined {
  try {
    const lines = readFileSync(rawLog, "utf8").split("\n");
    return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.find((line) => line.trim() !== "");
  } catch {
    return undefined;
  }
}
