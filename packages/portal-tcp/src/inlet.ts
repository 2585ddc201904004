import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import {
  type Address,
  CulvertError,
  checkLimits,
  formatHostPort,
  generateAddress,
  parseHostPort,
  type Route,
  type WorkerHost,
} from "@x/core";
import { type Carrier, createOpener, Draining, type Opener, type ResetReason } from "@x/stream/inner";
import { type Bound, type BoundHost, listenOnHost } from "@x/transport-kit/node";
import {
  defaultInletLimits,
  type Inlet,
  type InletLimits,
  type InletOptions,
  type InletUpdate,
} from "./inlet-options.js";
import { OutletWatch } from "./outlet-watch.js";
import { LocalSockets } from "./sockets/local-sockets.js";
import { resetSocket } from "./sockets/reset-socket.js";
import { SocketEnd } from "./sockets/socket-end.js";
import { acceptSocket, nodeSocketOptions } from "./sockets/socket-reading.js";
import { VisitorBook } from "./visitors/visitor-book.js";
import { type VisitorList, visitorList } from "./visitors/visitor-list.js";
import { encodeVisitor } from "./visitors/visitor-options.js";
import type { PortalTraffic, Visitor } from "./visitors/visitor-report.js";

/**
 * Starts an inlet. It resolves when it listens, also while the outlet cannot be reached: it goes on trying.
 *
 * @throws CulvertError ADDRESS_INVALID, ROUTE_INVALID, ROUTE_TOO_LONG, OPTION_INVALID, NAME_UNRESOLVED, LISTEN_ADDRESS_TAKEN,
 * LISTEN_FAILED, WORKER_LIMIT_EXCEEDED, NODE_CLOSED
 */
export async function startInlet(host: WorkerHost, options: InletOptions): Promise<Inlet> {
  const limits = inletLimits(options);
  const listening = await listenOnHost(parseHostPort(options.listen), (address, port) =>
    listenAt(address, port, options),
  );
  try {
    return new TcpInlet(host, listening, options, limits);
  } catch (error) {
    for (const { server } of listening.all) server.close();
    throw error;
  }
}

/** A server on one address. What connects waits until the inlet takes it. */
interface Entrance extends Bound {
  readonly server: Server;
}

async function listenAt(address: string, port: number, options: InletOptions): Promise<Entrance> {
  const server = createServer({ ...nodeSocketOptions(options), pauseOnConnect: true });
  await once(server.listen({ host: address, port }), "listening");
  const close = async (): Promise<void> => void server.close();
  return { ...(server.address() as AddressInfo), server, close };
}

/** The limits among the options, checked; what is left when all else is taken out has to be one. */
function inletLimits(options: InletOptions): InletLimits {
  const { listen, routes, budget, access, noDelay, keepAlive, allow, refusal, onVisitor, onChange, ...rest } =
    options;
  return checkLimits("inlet", defaultInletLimits, rest);
}

class TcpInlet implements Inlet {
  readonly where: string;
  readonly #host: WorkerHost;
  readonly #servers: readonly Server[];
  readonly #visitors: VisitorBook;
  #options: InletOptions;
  #limits: InletLimits;
  #opener: Opener;
  #watch: OutletWatch;
  #isAllowed: VisitorList;
  #state: "up" | "down" = "down";
  #since: number = Date.now();
  /** Openers of former routes whose streams have not ended, and whom to tell when they have. */
  readonly #leaving: Map<Opener, () => void> = new Map();
  readonly #draining: Draining = new Draining(() => this.streams + this.#sockets.size === 0);
  readonly #sockets: LocalSockets = new LocalSockets(() => this.#draining.check());
  #closed: Promise<void> | undefined;

  constructor(host: WorkerHost, listening: BoundHost<Entrance>, options: InletOptions, limits: InletLimits) {
    this.#host = host;
    this.#options = options;
    this.#limits = limits;
    this.#servers = listening.all.map(({ server }) => server);
    this.#isAllowed = visitorsOf(options);
    this.where = listening.where;
    this.#visitors = new VisitorBook(options.onVisitor, true);
    this.#opener = this.#createOpener(options, limits);
    this.#watch = this.#createWatch();
    for (const server of this.#servers) {
      server.on("connection", (socket) => this.#onVisitor(socket, server));
      // Such as too many open files: the visitor is lost, the inlet lives on.
      server.on("error", (cause) => {
        this.#refused(
          new CulvertError("LISTEN_FAILED", `Cannot take visitor: ${cause.message}`, { cause }),
          {},
        );
      });
    }
  }

  get worker(): Address {
    return this.#opener.address;
  }

  get state(): "up" | "down" {
    return this.#state;
  }

  get since(): number {
    return this.#since;
  }

  get attempts(): number {
    return this.#opener.state.attempts;
  }

  get nextAttemptAt(): number | undefined {
    return this.#opener.state.nextAttemptAt;
  }

  get lastFailure(): CulvertError | undefined {
    return this.#opener.state.lastFailure;
  }

  get activeRoute(): Route {
    return this.#opener.activeRoute;
  }

  get streams(): number {
    return this.#visitors.size;
  }

  get traffic(): PortalTraffic {
    return this.#visitors.traffic();
  }

  update(update: InletUpdate, onLeft: () => void = () => {}): void {
    const { listen, onVisitor, noDelay, keepAlive } = this.#options;
    const kept = {
      listen,
      ...(onVisitor !== undefined && { onVisitor }),
      ...(noDelay !== undefined && { noDelay }),
      ...(keepAlive !== undefined && { keepAlive }),
    };
    const options = { ...update, ...kept };
    const limits = inletLimits(options);
    const isAllowed = visitorsOf(options);
    if (this.#closed !== undefined) {
      onLeft();
      return;
    }
    const former = this.#opener;
    this.#opener = this.#createOpener(options, limits);
    this.#options = options;
    this.#limits = limits;
    this.#isAllowed = isAllowed;
    this.#watch.close();
    this.#watch = this.#createWatch();
    this.#leaving.set(former, onLeft);
    this.#letGo();
    this.#changed();
  }

  async drain(graceMs: number): Promise<void> {
    this.#stopListening();
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

  #createOpener(options: InletOptions, limits: InletLimits): Opener {
    const opener = createOpener(this.#host, {
      routes: options.routes,
      type: "inlet",
      access: options.access,
      limits,
      asksWhenIdle: true,
      budget: options.budget,
      onChange: () => {
        if (opener === this.#opener) this.#changed();
      },
      onClosed: (stream) => this.#onClosed(opener, stream),
    });
    return opener;
  }

  #createWatch(): OutletWatch {
    return new OutletWatch(this.#opener, this.#limits, () => this.#changed());
  }

  /** Closes the openers of former routes that no stream uses. */
  #letGo(): void {
    for (const [opener, onLeft] of this.#leaving) {
      if (opener.streams > 0) continue;
      this.#leaving.delete(opener);
      void opener.close(closedReason).then(onLeft);
    }
  }

  #onVisitor(socket: Socket, server: Server): void {
    const refusal = this.#refusal(socket);
    const { visitor: from, entrance } = endsOf(socket);
    if (refusal !== undefined) {
      resetSocket(socket);
      this.#refused(refusal, { from });
      return;
    }
    const id = generateAddress();
    const stream = this.#opener.open({
      settings: this.#limits,
      openOptions: encodeVisitor({ visitor: from, entrance, id }),
      attach: (carrier) => {
        this.#visitors.opened(carrier, { id, from });
        return this.#attach(socket, server, carrier);
      },
    });
    startSoon(stream);
  }

  #onClosed(opener: Opener, stream: Carrier): void {
    const { reason } = stream;
    const isVisitors = this.#visitors.ended(stream);
    if (opener === this.#opener) {
      if (isVisitors && (reason === undefined || stream.receivedBytes > 0)) this.#watch.served();
      else if (reason !== undefined) this.#watch.failed(new CulvertError(reason.code, reason.text));
    }
    this.#letGo();
    this.#draining.check();
  }

  /** The outlet or its target came or went. */
  #changed(): void {
    const isUp = this.#opener.state.state === "up" && this.#watch.failure === undefined;
    const state = isUp ? "up" : "down";
    if (state !== this.#state) this.#since = Date.now();
    this.#state = state;
    this.#options.onChange?.(this);
  }

  /** Why a visitor is turned away; nothing when it is not. */
  #refusal(socket: Socket): CulvertError | undefined {
    const { maxStreams } = this.#limits;
    const visitor = socket.remoteAddress;
    if (!this.#isAllowed(visitor)) {
      return new CulvertError("VISITOR_REFUSED", `Cannot take visitor ${visitor}: it is not allowed`);
    }
    const isFull = this.#closed !== undefined || this.#draining.isBegun || this.streams >= maxStreams;
    const reason = isFull ? `the inlet has its limit of ${maxStreams} streams` : this.#options.refusal?.();
    if (reason === undefined) return undefined;
    return new CulvertError("STREAM_LIMIT_EXCEEDED", `Cannot take visitor: ${reason}`);
  }

  #refused(error: CulvertError, visitor: Partial<Visitor>): void {
    this.#opener.failed(error);
    this.#visitors.refused(error, visitor);
  }

  #attach(socket: Socket, server: Server, stream: Carrier): SocketEnd {
    const pool = this.#opener.chunks;
    const reading = acceptSocket(socket, server, { pool, taker: stream });
    this.#sockets.add(reading);
    return new SocketEnd(reading, stream, this.#limits.idleTimeoutMs);
  }

  #stopListening(): void {
    for (const server of this.#servers) server.close();
  }

  async #close(): Promise<void> {
    this.#stopListening();
    this.#watch.close();
    const closing = [this.#opener, ...this.#leaving.keys()].map((opener) => opener.close(closedReason));
    this.#sockets.reset();
    this.#draining.giveUp();
    await Promise.all(closing);
    this.#visitors.endAll();
    this.#letGo();
  }
}

const closedReason: ResetReason = { code: "ABORTED", text: "the inlet was closed" };

function visitorsOf({ allow }: InletOptions): VisitorList {
  return allow === undefined ? () => true : visitorList(allow);
}

/** Both ends of a visitor's connection. */
function endsOf(socket: Socket): { visitor: string; entrance: string } {
  const { remoteAddress = "", remotePort = 0, localAddress = "", localPort = 0 } = socket;
  return {
    visitor: formatHostPort(remoteAddress, remotePort),
    entrance: formatHostPort(localAddress, localPort),
  };
}

/**
 * Lets the open go out after the bytes that are already there were read.
 * The first immediate runs before the platform polls the new socket, the second after.
 */
function startSoon(stream: Carrier): void {
  setImmediate(() => setImmediate(() => stream.start()));
}
