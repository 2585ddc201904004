import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { openSocket } from "../harness/clients.js";
import { eventually } from "../harness/eventually.js";
import { type FlowServer, startFlowServer, type Transfer, visitServer } from "../harness/flow-server.js";
import { isRunning, killProcess, listeningPorts, socketsOf } from "../harness/processes.js";
import { openRelayedPortal, type RelayedNode, type RelayedPortal } from "../harness/relayed-portal.js";
import { startTarget, type Target } from "../harness/targets.js";
import { type NodeView, openWorkspace } from "../harness/workspace.js";
import { patienceMs, transferBytesPerSecond, warmUpBytes } from "./limits.js";
import { type NodeLog, nodeLog } from "./node-log.js";

/** What `GET /show` tells of a node, as far as rows read it. */
export interface NodeShow {
  readonly transports: readonly {
    readonly mode: string;
    readonly socket_addr: string;
    readonly status: string;
    readonly worker_addr: string;
  }[];
  readonly inlets: readonly {
    readonly alias: string;
    readonly status: string;
    readonly last_failure: string | null;
  }[];
  readonly relays: readonly { readonly connection_status: string; readonly last_failure: string | null }[];
}

/** The nodes of a relayed portal in their order. */
export const nodeNames: readonly RelayedNode[] = ["near", "relay", "far"];

/** A node that listens again. */
export interface Started {
  /** In milliseconds as of `performance.now`. */
  readonly listensAt: number;
  /** Resolves when the command that started it is over. */
  readonly finished: Promise<void>;
}

/** A relayed portal that faults are injected into, with a server behind it and a view on its nodes. */
export interface Chain extends RelayedPortal {
  readonly server: FlowServer;
  /** `host:port` of a node's HTTP server. */
  httpPlace(node: RelayedNode): string;
  readonly target: Target;
  /** A new request through the portal. Rejects when it is not served. */
  visit(): Promise<void>;
  /** Begins a transfer both ways through the portal; resolves when both directions have carried something. */
  transfer(bytesPerSecond?: number): Promise<Transfer>;
  /** What is open now is what must be open after all injections. */
  markSockets(): Promise<void>;
  log(node: RelayedNode): NodeLog;
  show(node: RelayedNode): Promise<NodeShow>;
  /** The process of a node as it runs now. */
  pidOf(node: RelayedNode): number;
  /** Kills a node without a word and waits until it is gone. */
  kill(node: RelayedNode): Promise<void>;
  /** Starts a node that ended; resolves when it listens again. */
  start(node: RelayedNode): Promise<Started>;
  /** Begins a check whose outcome counts after all injections. */
  checkLater(check: () => Promise<void>): void;
  /**
   * @param expected what may be logged as an error all the same
   * @throws Error if a process ended by itself, logged an error, or left sockets behind
   */
  checkHealth(expected?: string): Promise<void>;
}

/** How a chain is opened. */
export interface ChainOptions {
  /** Added to the environment of commands and nodes. Default: nothing. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Does something to the state folder before there are nodes. Default: nothing. */
  readonly prepare?: (home: string) => Promise<void>;
}

/** Starts the nodes, the server and the portal, and waits until it serves. */
export async function openChain(options: ChainOptions = {}): Promise<Chain> {
  const held: { onSocket: (socket: Socket) => void } = { onSocket: () => {} };
  const target = await startTarget((socket) => held.onSocket(socket));
  const server = await startFlowServer(async (onSocket) => {
    held.onSocket = onSocket;
    return target.port;
  });
  const workspace = openWorkspace({ CULVERT_LOG_FORMAT: "json", ...options.environment });
  await options.prepare?.(workspace.home);
  const portal = await openRelayedPortal(target, { workspace, nodeArguments: "--http-server" });
  const enter = async (): Promise<Socket> => (await openSocket(portal.port)).on("error", () => {});
  const visit = (): Promise<void> => visitServer(enter);
  const pids = new Map<RelayedNode, number>(nodeNames.map((name) => [name, portal.pids[name]]));
  const pidOf = (node: RelayedNode): number => pids.get(node) ?? 0;
  const views = new Map<RelayedNode, NodeView & { readonly http_server_address: string }>();
  for (const name of nodeNames) views.set(name, await workspace.json(`node show ${name}`));
  const httpPlace = (node: RelayedNode): string => views.get(node)?.http_server_address ?? "";
  const listenerOf = (node: RelayedNode): number =>
    node === "near" ? portal.port : Number(/\d+$/.exec(views.get(node)?.route.verbose ?? "")?.[0]);
  await eventually("the portal serves", () => visit().then(() => true), patienceMs);
  let sockets = await settledSockets(pidOf);
  const checks: Promise<void>[] = [];

  const start = async (node: RelayedNode): Promise<Started> => {
    const port = listenerOf(node);
    const finished = workspace.ok(`node start ${node}`).then(async () => {
      pids.set(node, (await workspace.json<NodeView>(`node show ${node}`)).pid);
    });
    const failed = new Promise<never>((_, reject) => void finished.catch(reject));
    const isBack = (): boolean => listeningPorts(process.pid).includes(port);
    await Promise.race([eventually(`${node} listens`, isBack, patienceMs), failed]);
    return { listensAt: performance.now(), finished };
  };

  return {
    ...portal,
    server,
    target,
    visit,
    pidOf,
    start,
    transfer: async (bytesPerSecond = transferBytesPerSecond) => {
      const transfer = await server.transfer(enter, { bytesPerSecond });
      await moved(transfer, warmUpBytes);
      return transfer;
    },
    markSockets: async () => {
      sockets = await settledSockets(pidOf);
    },
    log: (node) => nodeLog(workspace.home, node),
    httpPlace,
    show: (node) => getJson<NodeShow>(`http://${httpPlace(node)}/show`),
    kill: async (node) => {
      const pid = pidOf(node);
      killProcess(pid);
      await eventually(`${node} is gone`, () => !isRunning(pid));
    },
    checkLater: (check) => {
      const checked = check();
      checked.catch(() => {});
      checks.push(checked);
    },
    checkHealth: async (expected) => {
      await Promise.all(checks);
      for (const name of nodeNames) {
        if (!isRunning(pidOf(name))) throw new Error(`Node ${name} died`);
        const errors = nodeLog(workspace.home, name)
          .entriesAfter(0)
          .filter(({ level, msg }) => level >= 50 && msg !== expected);
        if (errors.length > 0) throw new Error(`Node ${name} logged an error: ${JSON.stringify(errors[0])}`);
        const before = sockets.get(name) ?? 0;
        await eventually(
          `sockets of ${name} are closed: ${before} at first`,
          () => socketsOf(pidOf(name)) <= before,
          patienceMs,
        );
      }
    },
  };
}

/** Waits until both directions have carried so many bytes more. */
export async function moved(
  transfer: Transfer,
  bytes: number,
  timeoutMs: number = patienceMs,
): Promise<void> {
  const flows = [transfer.down, transfer.up];
  const goals = flows.map((flow) => flow.receivedBytes + bytes);
  const isDone = (): boolean => flows.every((flow, index) => flow.receivedBytes >= (goals[index] ?? 0));
  await eventually(`both directions carry ${bytes} bytes more`, isDone, timeoutMs);
}

/** Reads JSON over a connection of its own, so that none is left open. */
async function getJson<T>(url: string): Promise<T> {
  const [response] = (await once(get(url, { agent: false }), "response")) as [IncomingMessage];
  return (await json(response)) as T;
}

/** Sockets of each node while nobody visits. */
async function settledSockets(pidOf: (node: RelayedNode) => number): Promise<Map<RelayedNode, number>> {
  const count = (): number[] => nodeNames.map((name) => socketsOf(pidOf(name)));
  let last = count();
  await eventually("sockets settle", async () => {
    await sleep(300);
    const now = count();
    const isSettled = now.every((each, index) => each === last[index]);
    last = now;
    return isSettled;
  });
  return new Map(nodeNames.map((name, index) => [name, last[index] ?? 0]));
}
