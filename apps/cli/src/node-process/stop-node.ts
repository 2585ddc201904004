import { setTimeout as sleep } from "node:timers/promises";
import { CliError } from "../cli-error.js";
import type { NodeProcess } from "../state/node-files.js";
import type { NodeStore } from "../state/nodes.js";
import { isAlive, isOfThisSpace } from "../state/process-identity.js";
import { systemErrorCode } from "../state/system-error.js";
import { killTimeoutMs, stopPollMs, stopTimeoutMs } from "./limits.js";

/** How to end a node's process. `drain`: let it send what it holds; `now`: end in good order at once; `kill`: end it from outside. */
export type StopManner = "drain" | "now" | "kill";

const signals: Readonly<Record<StopManner, NodeJS.Signals>> = {
  drain: "SIGTERM",
  now: "SIGINT",
  kill: "SIGKILL",
};

/**
 * Ends the process of a node, and kills it when it has not ended after 5 s. Resolves when it has ended.
 *
 * @throws CliError NODE_ELSEWHERE when it runs in another container; STATE_FAILED when it may not be ended, or outlives its killing
 */
export async function stopProcess(name: string, nodeProcess: NodeProcess, manner: StopManner): Promise<void> {
  if (!isOfThisSpace(nodeProcess)) throw runsElsewhere(name);
  send(name, nodeProcess, signals[manner]);
  if (await hasEnded(nodeProcess, manner === "kill" ? killTimeoutMs : stopTimeoutMs)) return;
  send(name, nodeProcess, "SIGKILL");
  if (await hasEnded(nodeProcess, killTimeoutMs)) return;
  throw new CliError("STATE_FAILED", `Cannot stop node "${name}": process ${nodeProcess.pid} does not end`);
}

/** Ends a node's process, if it has one, and removes all that is left of the node. */
export async function deleteNode(nodes: NodeStore, name: string, manner: StopManner): Promise<void> {
  await nodes.exclusively(name, async () => {
    const record = await nodes.find(name);
    // Somebody else may have deleted it; what is there under this name on a disk that knows no capitals is another node.
    if (record === undefined) return;
    if (record.process !== undefined) await stopProcess(name, record.process, manner);
    await nodes.remove(name);
  });
}

function runsElsewhere(name: string): CliError {
  const reason = `Cannot stop node "${name}": its process runs in another container, and its number means nothing here`;
  return new CliError("NODE_ELSEWHERE", reason, { hint: "Run the command in the container that started it" });
}

function send(name: string, nodeProcess: NodeProcess, signal: NodeJS.Signals): void {
  if (!isAlive(nodeProcess)) return;
  try {
    process.kill(nodeProcess.pid, signal);
  } catch (error) {
    if (systemErrorCode(error) === "ESRCH") return;
    throw new CliError("STATE_FAILED", `Cannot stop node "${name}": ${systemErrorCode(error)}`, {
      cause: error,
    });
  }
}

/** The process is nobody's child here, so there is no event to wait for. */
async function hasEnded(nodeProcess: NodeProcess, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (isAlive(nodeProcess)) {
    if (performance.now() > deadline) return false;
    await sleep(stopPollMs);
  }
  return true;
}
