import { createServer, type Server, type Socket } from "node:net";
import { type Address, CulvertError, checkRoute, type Message, type Route, type WorkerHost } from "@x/core";
import { budgetOf, type PortalBudget } from "./budget.js";
import { Draining } from "./draining.js";
import { formatHostPort, parseHostPort } from "./host-port.js";
import type { Inlet, InletOptions } from "./inlet-options.js";
import { InletState } from "./inlet-state.js";
import { defaultMaxStreams } from "./limits.js";
import { listenOn } from "./listen-on.js";
import { LocalSockets } from "./local-sockets.js";
import { Path } from "./path.js";
import { PortalEnd, type PortalRole } from "./portal-end.js";
import { PortalStream } from "./portal-stream.js";
import { errorOf } from "./reset-reason.js";
import { resetSocket } from "./reset-socket.js";
import type { Segment } from "./segment.js";
import { SocketEnd } from "./socket-end.js";
import { acceptSocket, nodeSocketOptions } from "./socket-reading.js";
import { Stream } from "./stream.js";
import { generateStreamId } from "./stream-id.js";
import { type StreamSettings, streamSettings } from "./stream-settings.js";
import { type VisitorList, visitorList } from "./visitor-list.js";
import { WaitingVisitors } from "./waiting-visitors.js";

/**
 * Starts an inlet. It resolves when it listens, also while the outlet cannot be reached: it goes on trying.
 *
 * @throws CulvertError ADDRESS_INVALID, ROUTE_INVALID, ROUTE_TOO_LONG, NAME_UNRESOLVED, LISTEN_ADDRESS_TAKEN, LISTEN_FAILED,
 * WORKER_LIMIT_EXCEEDED, NODE_CLOSED
 */
export async function startInlet(host: WorkerHost, options: InletOptions): Promise<Inlet> {
  const { host: name, port } = parseHostPort(options.listen);
  for (const route of options.routes) checkRoute(route);
  if (options.routes.length === 0 || options.routes.some((route) => route.length === 0)) {
    throw new CulvertError("ROUTE_INVALID", "Cannot start inlet: it needs a route to an outlet");
  }
  const server = createServer({ ...nodeSocketOptions(options), pauseOnConnect: true });
  await listenOn(server, name, port);
  try {
    return new TcpInlet(host, server, options);
  } catch (error) {
    server.close();
    throw error;
  }
}

class TcpInlet implements Inlet, PortalRole {
  readonly isOutlet = false;
  readonly where: string;
  readonly #options: InletOptions;
  readonly #server: Server;
  readonly #settings: StreamSettings;
  readonly #budget: PortalBudget;
  readonly #end: PortalEnd;
  readonly #paths: readonly Path[] = [];
  readonly #waiting: WaitingVisitors;
  readonly #isAllowed: VisitorList;
  readonly #state: InletState;
  readonly #draining: Draining = new Draining(() => this.streams + this.#sockets.size === 0);
  readonly #sockets: LocalSockets = new LocalSockets(() => this.#draining.check());
  #closed: Promise<void> | undefined;

  constructor(host: WorkerHost, server: Server, options: InletOptions) {
    this.#options = options;
    this.#server = server;
    this.#settings = streamSettings(options);
    this.#isAllowed = options.allow === undefined ? () => true : visitorList(options.allow);
    this.#budget = options.budget ?? budgetOf(host);
    const bound = server.address() as { address: string; port: number };
    this.where = formatHostPort(bound.address, bound.port);
    const { pingTimeoutMs, retryWaitMs } = options;
    this.#end = new PortalEnd(host, this, { type: "inlet", pingTimeoutMs, retryWaitMs });
    this.#waiting = new WaitingVisitors(this.#end.wakeups, options.connectionWaitMs ?? 0);
    this.#state = new InletState(this.#end.wakeups);
    this.#paths = options.routes.map((route) => new Path(route, this.#end));
    this.#state.follow(this.#paths);
    server.on("connection", (socket) => this.#onVisitor(socket));
    // Such as too many open files: the visitor is lost, the inlet lives on.
    server.on("error", (cause) => {
      this.#refused(new CulvertError("LISTEN_FAILED", `Cannot take visitor: ${cause.message}`, { cause }));
    });
  }

  get worker(): Address {
    return this.#end.worker.address;
  }

  get state(): "up" | "down" {
    return this.#state.state;
  }

  get since(): number {
    return this.#state.since;
  }

  get attempts(): number {
    return this.#state.attempts;
  }

  get nextAttemptAt(): number | undefined {
    return this.#state.nextAttemptAt;
  }

  get lastFailure(): CulvertError | undefined {
    return this.#state.lastFailure;
  }

  get activeRoute(): Route {
    return (this.#bestPath() ?? this.#firstPath).route;
  }

  get streams(): number {
    return this.#end.streams.size;
  }

  async drain(graceMs: number): Promise<void> {
    this.#server.close();
    await this.#draining.wait(graceMs);
    await this.close();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  onOpen(): void {}

  onSegment(stream: PortalStream, segment: Segment, _message: Message): void {
    const acknowledged = segment.ranges[0]?.to ?? 0;
    if (acknowledged > 0 && stream.isOfPath(acknowledged)) stream.path.heard(this.#end.wakeups.now());
  }

  onPathUp(path: Path, wasDown: boolean): void {
    this.#state.changed();
    if (wasDown) for (const stream of [...path.streams]) stream.moveTo(path);
    // Streams that wait on a path that is still down go on over this one.
    for (const other of this.#paths) {
      if (other.state === "down") for (const stream of [...other.streams]) stream.moveTo(path);
    }
    this.#options.onChange?.(this);
  }

  onPathDown(path: Path, failure: CulvertError): void {
    this.#state.changed();
    const spare = this.#bestPath();
    // The outlet itself is gone, and with it what it knew of its streams.
    const isOutletGone = failure.code === "WORKER_NOT_FOUND" && failure.hop === path.route.at(-1);
    for (const stream of [...path.streams]) {
      if (stream.stream.phase === "opening") this.#reroute(stream, spare, failure);
      else if (isOutletGone) stream.abandon({ code: "STREAM_LOST", text: failure.message });
      else if (spare === undefined) stream.pathDown();
      else stream.moveTo(spare);
    }
    this.#options.onChange?.(this);
  }

  onStreamClosed(stream: PortalStream): void {
    this.#waiting.remove(stream);
    const { reason } = stream.stream;
    if (reason !== undefined && reason.code !== "STREAM_RESET") this.#state.failed(errorOf(reason));
    this.#draining.check();
  }

  get #firstPath(): Path {
    return this.#paths[0] as Path;
  }

  /** The first route that is up, else the first that may be. */
  #bestPath(): Path | undefined {
    return (
      this.#paths.find((path) => path.state === "up") ?? this.#paths.find((path) => path.state === "unknown")
    );
  }

  #onVisitor(socket: Socket): void {
    const refusal = this.#refusal(socket);
    if (refusal !== undefined) {
      resetSocket(socket);
      this.#refused(refusal);
      return;
    }
    const best = this.#bestPath();
    const stream = this.#newStream(socket, best ?? this.#firstPath);
    if (best === undefined) this.#reroute(stream, undefined, this.#firstPath.failure);
    startSoon(stream);
  }

  /** Why a visitor is turned away; nothing when it is not. */
  #refusal(socket: Socket): CulvertError | undefined {
    const { maxStreams = defaultMaxStreams } = this.#options;
    const visitor = socket.remoteAddress;
    if (!this.#isAllowed(visitor)) {
      return new CulvertError("VISITOR_REFUSED", `Cannot take visitor ${visitor}: it is not allowed`);
    }
    const isFull = this.#closed !== undefined || this.#draining.isBegun || this.streams >= maxStreams;
    const reason = isFull ? `the inlet has its limit of ${maxStreams} streams` : this.#options.refusal?.();
    if (reason === undefined) return undefined;
    return new CulvertError("STREAM_LIMIT_EXCEEDED", `Cannot take visitor: ${reason}`);
  }

  #refused(error: CulvertError): void {
    this.#state.failed(error);
    this.#options.onRefused?.(error);
  }

  #newStream(socket: Socket, path: Path): PortalStream {
    const id = generateStreamId();
    const { remoteAddress = "", remotePort = 0, localAddress = "", localPort = 0 } = socket;
    const open = {
      visitor: formatHostPort(remoteAddress, remotePort),
      entrance: formatHostPort(localAddress, localPort),
    };
    const machine = new Stream(
      { id, role: "inlet", path: path.memory, budget: this.#budget, settings: this.#settings, open },
      this.#end.wakeups.now(),
    );
    const stream = new PortalStream(machine, path, this.#end);
    this.#end.streams.set(id, stream);
    const reading = acceptSocket(socket, this.#server, (bytes) => stream.write(bytes));
    this.#sockets.add(reading);
    stream.attach(new SocketEnd(reading, stream, this.#options.idleTimeoutMs));
    return stream;
  }

  /** A stream the outlet never answered takes another route, waits for one, or is turned away. */
  #reroute(stream: PortalStream, spare: Path | undefined, failure: CulvertError | undefined): void {
    if (spare !== undefined) {
      stream.moveTo(spare);
      stream.start();
      return;
    }
    stream.pathDown();
    for (const path of this.#paths) path.hurry();
    this.#waiting.add(stream, failure ?? new CulvertError("CONNECTION_DOWN", "Cannot reach the outlet"));
  }

  async #close(): Promise<void> {
    this.#server.close();
    for (const stream of [...this.#end.streams.values()]) {
      stream.reset({ code: "ABORTED", text: "the inlet was closed" });
    }
    this.#sockets.reset();
    this.#draining.giveUp();
    for (const path of this.#paths) path.close();
    await this.#end.close();
  }
}

/**
 * Lets the open go out after the bytes that are already there were read.
 * The first immediate runs before the platform polls the new socket, the second after.
 */
function startSoon(stream: PortalStream): void {
  setImmediate(() => setImmediate(() => stream.start()));
}
