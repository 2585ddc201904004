import { rm } from "node:fs/promises";
import type { Logger } from "pino";
import { openControlServer } from "../control/server.js";
import { createNodeRuntime, type NodeRuntime } from "../runtime/node-runtime.js";
import {
  type NodeProcess,
  type NodeSettings,
  readProcess,
  readSettings,
  writeProcess,
} from "../state/node-files.js";
import type { NodeStore } from "../state/nodes.js";
import { thisProcess } from "../state/process-identity.js";
import { version } from "../version.js";
import { claimNode } from "./claim.js";
import { drainTimeoutMs } from "./limits.js";
import { savedOperations } from "./operations.js";
import { ResourceSaver, readResources } from "./saved-resources.js";

export interface RunNodeOptions {
  readonly nodes: NodeStore;
  readonly name: string;
  readonly foreground: boolean;
  /** Take over from a process that still runs. */
  readonly force: boolean;
  readonly log: Logger;
}

/** A node that runs in this process and answers commands. */
export interface RunningNode {
  /** Sends what the node holds, a bounded time, and gives the node up. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Runs a node in this process: restores what it had, or makes what its settings ask for, then opens the control socket.
 *
 * @throws CliError NODE_NAME_TAKEN, NODE_NOT_FOUND, STATE_CORRUPT, STATE_FAILED; CulvertError LISTEN_ADDRESS_TAKEN, LISTEN_FAILED
 */
export async function runNode(options: RunNodeOptions): Promise<RunningNode> {
  const { nodes, name, log } = options;
  const paths = nodes.paths(name);
  nodes.get(name);
  const settings = readSettings(paths) as NodeSettings;
  const nodeProcess: NodeProcess = {
    ...thisProcess(),
    foreground: options.foreground,
    startedAt: Date.now(),
    version,
    httpServerAddress: null,
  };
  const saved = readResources(paths.resources);
  await claimNode(nodeProcess, { home: nodes.home, name, paths, force: options.force });
  const closers: (() => Promise<void>)[] = [() => releaseClaim(options)];
  const close = closeOnce(closers, log);
  try {
    const runtime = await createNodeRuntime({
      name,
      log,
      ...(saved === undefined ? {} : { spec: saved.spec }),
    });
    closers.push(() => runtime.close({ graceMs: drainTimeoutMs }));
    const saver = new ResourceSaver(paths.resources, () => ({ version: 1, spec: runtime.spec() }));
    runtime.onSpecChange(() => {
      saver.markChanged();
      void saver.save().catch((error: unknown) => log.error({ err: error }, "Cannot save what the node has"));
    });
    if (saved === undefined) await makeFirstListeners(runtime, settings);
    saver.markChanged();
    await saver.save();
    const control = await openControlServer({
      socketPath: paths.socket,
      find: savedOperations(runtime, saver),
    });
    closers.push(() => control.close());
    await writeProcess(paths, nodeProcess);
    log.info({ pid: process.pid, version }, `Node ${name} is ready`);
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeFirstListeners(runtime: NodeRuntime, settings: NodeSettings): Promise<void> {
  await runtime.operations["tcp-listener.create"]({ where: settings.tcpListenerAddress });
  if (settings.udpListenerAddress === undefined) return;
  await runtime.operations["udp-listener.create"]({ where: settings.udpListenerAddress });
}

/** Closes in reverse order; what fails is logged and keeps nothing else open. */
function closeOnce(closers: (() => Promise<void>)[], log: Logger): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    for (const closer of closers.reverse()) {
      await closer().catch((error: unknown) => log.error({ err: error }, "Cannot close a part of the node"));
    }
  };
  return () => (closing ??= closeAll());
}

async function releaseClaim({ nodes, name }: RunNodeOptions): Promise<void> {
  const paths = nodes.paths(name);
  // Another process may have taken over meanwhile.
  if (readProcess(paths)?.pid !== process.pid) return;
  await rm(paths.process, { force: true });
  if (process.platform !== "win32") await rm(paths.socket, { force: true });
}
