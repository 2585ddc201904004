import { readFileSync, statSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { startSocket } from "../harness/clients.js";
import { type FaultyTcp, startFaultyTcp } from "../harness/faulty-tcp.js";
import { patienceMs } from "../harness/limits.js";
import { portOf } from "../harness/ports.js";
import { isRunning, killProcess, listeningPorts, socketsOf } from "../harness/processes.js";
import { startTarget, type Target } from "../harness/targets.js";
import { eventually } from "../harness/waiting.js";
import { type NodeView, openWorkspace, type Workspace } from "../harness/workspace.js";
import { Streams } from "./streams.js";
import type { ChainNode } from "./verdict.js";

/** The nodes of a chain in the order in which messages pass them. */
export const chainNodes: readonly ChainNode[] = ["near", "relay", "far"];

/** One line of a node's log; the time is ISO text. */
interface LogEntry {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
}

/** How a chain is made. */
export interface ChainOptions {
  /** Added to the environment of commands and nodes. Default: nothing. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Does something to the state folder before there are nodes. Default: nothing. */
  readonly prepare?: (home: string) => Promise<unknown>;
  /** Further options of the command that creates the relay's node. Default: none. */
  readonly relayOptions?: string;
  /** Both ends of the streams. Default: new ones. */
  readonly streams?: Streams;
}

/** A second portal over the nodes of a chain, to a place of its own. */
export interface SidePortal {
  /** The inlet's port. */
  readonly port: number;
  /** Waits until the inlet shows this code as its last failure. */
  showsFailure(code: string | RegExp): Promise<unknown>;
}

/** near → relay ← far: three nodes, a wire that can break on each leg, an inlet on near, and behind the outlet on far a server for streams. */
export class Chain {
  readonly workspace: Workspace;
  readonly streams: Streams;
  readonly target: Target;
  /** The legs of the inlet's node and of the outlet's node to the relay. */
  readonly wires: readonly [FaultyTcp, FaultyTcp];
  /** The inlet's port. */
  readonly port: number;
  /** The route from the inlet's node to the outlet's node. */
  readonly route: string;
  readonly #views = new Map<ChainNode, NodeView>();
  #sockets: readonly number[] = [];
  readonly #checks: Promise<void>[] = [];
  #sidePortals = 0;

  private constructor(parts: Pick<Chain, "workspace" | "streams" | "target" | "wires" | "port" | "route">) {
    ({ workspace: this.workspace, streams: this.streams, target: this.target } = parts);
    ({ wires: this.wires, port: this.port, route: this.route } = parts);
  }

  /** Starts the nodes, the server and the portal, and waits until it serves. All ends with the test. */
  static async open(options: ChainOptions = {}): Promise<Chain> {
    const { environment, prepare, relayOptions = "", streams = new Streams() } = options;
    const target = await startTarget(streams.serve);
    const workspace = openWorkspace({ environment: { CULVERT_LOG_FORMAT: "json", ...environment } });
    await prepare?.(workspace.home);
    const { ok, createNode, tcpPort } = workspace;
    const views = new Map<ChainNode, NodeView>();
    for (const name of chainNodes)
      views.set(name, await createNode(name, `--http-server ${name === "relay" ? relayOptions : ""}`));
    const relayPort = await tcpPort("relay");
    const wires = [await startFaultyTcp(relayPort), await startFaultyTcp(relayPort)] as const;
    await ok(`relay create far --at /ip4/127.0.0.1/tcp/${wires[1].port} --to far`);
    await ok(`tcp-outlet create --at far --to 127.0.0.1:${target.port}`);
    const connection = await ok(`tcp-connection create --from near --to 127.0.0.1:${wires[0].port}`);
    const route = `${connection}/service/forward_to_far`;
    const port = portOf(await ok(`tcp-inlet create --at near --to ${route}/service/outlet`));
    const chain = new Chain({ workspace, streams, target, wires, port, route });
    for (const [name, view] of views) chain.#views.set(name, view);
    await eventually("the portal serves", () => chain.probe().then(() => true), patienceMs);
    await chain.markSockets();
    return chain;
  }

  /** Connects a visitor. */
  readonly enter = (): Socket => startSocket(this.port);

  /** Takes a small stream through the portal and back. Rejects when it does not come back whole. */
  readonly probe = (): Promise<void> => this.streams.probe(this.enter);

  /** The process of a node as it runs now. */
  pidOf(node: ChainNode): number {
    return this.#views.get(node)?.pid ?? 0;
  }

  /** `host:port` of a node's HTTP server. */
  httpPlace(node: ChainNode): string {
    return this.#views.get(node)?.http_server_address ?? "";
  }

  /** Reads from a node's HTTP server, over a connection of its own, so that none is left open. */
  async read(node: ChainNode, path: "/show" | "/metrics"): Promise<string> {
    return new Promise((resolve, reject) => {
      const onResponse = (response: IncomingMessage): void => void text(response).then(resolve, reject);
      get(`http://${this.httpPlace(node)}${path}`, { agent: false }, onResponse).on("error", reject);
    });
  }

  /** What an inlet of the near node shows as its last failure. */
  async failureOf(alias: string): Promise<string> {
    const { inlets } = JSON.parse(await this.read("near", "/show")) as {
      readonly inlets: readonly { readonly alias: string; readonly last_failure: string | null }[];
    };
    return inlets.find((inlet) => inlet.alias === alias)?.last_failure ?? "";
  }

  /** Ends a node by a signal and waits until it is gone. */
  async end(node: ChainNode, signal: NodeJS.Signals): Promise<void> {
    const pid = this.pidOf(node);
    killProcess(pid, signal);
    await eventually(`${node} is gone`, () => !isRunning(pid));
  }

  /** Starts a node that ended. Gives when it listened again, as of `performance.now`. */
  async start(node: ChainNode): Promise<number> {
    const { ok, json } = this.workspace;
    const port = node === "near" ? this.port : portOf(this.#views.get(node)?.route.verbose ?? "");
    const started = ok(`node start ${node}`);
    const listens = eventually(
      `${node} listens`,
      () => listeningPorts(process.pid).includes(port),
      patienceMs,
    );
    const [listensAt] = await Promise.all([listens.then(() => performance.now()), started]);
    this.#views.set(node, await json<NodeView>(`node show ${node}`));
    return listensAt;
  }

  /** The place up to which a node's log is written; entries after it are new. */
  logEnd(node: ChainNode): number {
    return statSync(this.#logPath(node)).size;
  }

  /** Waits until a node logs a message, after a place. Gives when it was written, in milliseconds since 1970. */
  async logged(node: ChainNode, place: number, message: string | RegExp): Promise<number> {
    const find = (): LogEntry | undefined =>
      this.#entriesAfter(node, place).find(({ msg }) => msg.search(message) !== -1);
    return Date.parse((await eventually(`${node} logs ${message}`, find, patienceMs)).time);
  }

  #entriesAfter(node: ChainNode, place: number): LogEntry[] {
    const lines = readFileSync(this.#logPath(node)).subarray(place).toString("utf8").split("\n");
    // A line that was cut short, as a full disk cuts it, is none.
    return lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line) as LogEntry);
  }

  #logPath(node: ChainNode): string {
    return join(this.workspace.home, "nodes", node, "stdout.log");
  }

  /** Leads another portal to a port of loopback or `host:port`, over the same nodes or to another one. */
  async openSidePortal(to: number | string, at = "far", route: string = this.route): Promise<SidePortal> {
    const name = `side-${++this.#sidePortals}`;
    const place = typeof to === "number" ? `127.0.0.1:${to}` : to;
    await this.workspace.ok(`tcp-outlet create --at ${at} --from ${name} --to ${place}`);
    const where = await this.workspace.ok(`tcp-inlet create ${name} --at near --to ${route}/service/${name}`);
    await this.markSockets();
    const showsFailure = (code: string | RegExp): Promise<unknown> =>
      eventually(`the inlet shows ${code}`, async () => (await this.failureOf(name)).search(code) !== -1);
    return { port: portOf(where), showsFailure };
  }

  /** What is open now, while nobody visits, is what must be open at the end. */
  async markSockets(): Promise<void> {
    await eventually("sockets settle", async () => {
      await sleep(300);
      const before = this.#sockets;
      this.#sockets = chainNodes.map((name) => socketsOf(this.pidOf(name)));
      return this.#sockets.join() === before.join();
    });
  }

  /** Begins a check whose outcome counts in {@link checkHealth}. */
  checkLater(check: Promise<void>): void {
    check.catch(() => {});
    this.#checks.push(check);
  }

  /**
   * @param expected what may be logged as an error all the same
   * @throws Error if a process ended by itself, logged an error, or left sockets behind
   */
  async checkHealth(expected?: string): Promise<void> {
    await Promise.all(this.#checks);
    for (const [index, name] of chainNodes.entries()) {
      if (!isRunning(this.pidOf(name))) throw new Error(`Node ${name} died`);
      const isError = ({ level, msg }: LogEntry): boolean => level === "error" && msg !== expected;
      const error = this.#entriesAfter(name, 0).find(isError);
      if (error !== undefined) throw new Error(`Node ${name} logged an error: ${JSON.stringify(error)}`);
      const before = this.#sockets[index] ?? 0;
      const isAsBefore = (): boolean => socketsOf(this.pidOf(name)) <= before;
      await eventually(`sockets of ${name} are closed: ${before} at first`, isAsBefore, patienceMs);
    }
  }
}
