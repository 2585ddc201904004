import {
  type AccessRule,
  type Address,
  type CulvertError,
  checkLimits,
  type HostPort,
  type Origin,
  parseHostPort,
  type Route,
  type WorkerHost,
} from "@x/core";
import type { StreamBudget } from "@x/stream";
import {
  type Acceptor,
  type AcceptorLimits,
  type Carrier,
  createAcceptor,
  Draining,
  defaultAcceptorLimits,
  FairShare,
  type LocalEnd,
  type OpenedStream,
  type ResetReason,
  reasonOf,
} from "@x/stream/inner";
import { defaultConnectTimeoutMs, defaultMaxConnecting } from "./limits.js";
import { LocalSockets } from "./sockets/local-sockets.js";
import type { SocketOptions } from "./sockets/socket-reading.js";
import { type ProxyProtocol, proxyHeader } from "./target/proxy-header.js";
import { TargetEnd } from "./target/target-end.js";
import { connectTarget } from "./target/target-socket.js";
import { TargetWatch } from "./target/target-watch.js";
import { WatchingEnd } from "./target/watching-end.js";
import { VisitorBook } from "./visitors/visitor-book.js";
import { decodeVisitor } from "./visitors/visitor-options.js";
import type { PortalTraffic, Visitor, VisitorReport } from "./visitors/visitor-report.js";

/** Times, sizes and counts of an outlet. */
export interface OutletLimits extends AcceptorLimits {
  /** How long the target may take to accept, names resolved and all addresses tried, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs: number;
  /**
   * Connects to the target so often to see whether it is there, in milliseconds, also while nobody visits. Default: never, because
   * it may take each connection for a visitor. One that took none is looked at every 500 ms in any case, until it takes one.
   */
  readonly checkIntervalMs: number;
  /** Most streams whose target has not accepted yet. Default 1,000: a silent target must not use up all streams. */
  readonly maxConnecting: number;
}

/** What counts where nothing else is given. */
const defaultOutletLimits: OutletLimits = {
  ...defaultAcceptorLimits,
  connectTimeoutMs: defaultConnectTimeoutMs,
  checkIntervalMs: Number.POSITIVE_INFINITY,
  maxConnecting: defaultMaxConnecting,
};

/** How to start an outlet. */
export interface OutletOptions extends Partial<OutletLimits>, SocketOptions {
  /** Where it connects to, ``host:port``. */
  readonly target: string;
  /** Its worker's address. Default `outlet`. */
  readonly address?: Address;
  /** Tells the target about each visitor by a header of the PROXY protocol. Default: not at all. */
  readonly proxyProtocol?: ProxyProtocol;
  /** Who may send to it, asked at every message of a stream. Whoever it refuses loses the streams he has. Default: everybody. */
  readonly access?: AccessRule;
  /**
   * Whose a stream is that is opened, such as the identity that the opener proved: nobody else can do anything with it.
   * Default: all streams are strangers', and belong to whoever knows their ids.
   */
  readonly ownerOf?: (origin: Origin) => string | undefined;
  /** Memory for streams. Default: that of the node, 256 MiB for all its streams. */
  readonly budget?: StreamBudget;
  /**
   * Says what is used up, beside the limits, so that no further stream may be taken; nothing when one may. Then a stream of the
   * peer that has most gives way, if that has more than the one who opens.
   */
  readonly refusal?: () => string | undefined;
  /** Told of each visitor: that one came, was turned away, and how it ended. Must not throw. */
  readonly onVisitor?: (report: VisitorReport) => void;
  /** Told when the state changes. */
  readonly onChange?: (outlet: Outlet) => void;
}

/** What can be changed of an outlet while it takes streams. */
export type OutletUpdate = Pick<
  OutletOptions,
  "target" | "proxyProtocol" | "access" | "connectTimeoutMs" | "checkIntervalMs"
> &
  SocketOptions;

/** Takes streams of inlets and connects each to the target. */
export interface Outlet extends AsyncDisposable {
  /** Its worker's address: what a route to it ends in. */
  readonly address: Address;
  /** Where it connects to, ``host:port``. */
  readonly target: string;
  /** Whether the target took the last connection. */
  readonly state: "up" | "down";
  /** Since when it is in that state, in milliseconds since 1970. */
  readonly since: number;
  /** Connections to the target that failed since it is down; 0 while it is up. */
  readonly attempts: number;
  /** When it is tried again, in milliseconds since 1970; nothing while it is up. */
  readonly nextAttemptAt: number | undefined;
  /** What passed since it was started. */
  readonly traffic: PortalTraffic;
  /** Streams of visitors now. */
  readonly streams: number;
  /** Streams whose target has not accepted yet. */
  readonly connecting: number;
  /** Why the target took no connection, the last time that it did not; absent when it always did. */
  readonly lastFailure: CulvertError | undefined;
  /**
   * Lets streams that are opened from now on have these options in place of the former ones. Streams that are open keep their
   * target; who may use them is asked of the new rule from now on.
   *
   * @throws CulvertError OPTION_INVALID; all is as before then
   */
  update(options: OutletUpdate): void;
  /**
   * Refuses new streams with OUTLET_CLOSING at once, gives the others time to end, then closes: what is left is reset.
   * Resolves when it is closed. A second call changes nothing.
   *
   * @param graceMs longest time for streams to end, in milliseconds
   */
  drain(graceMs: number): Promise<void>;
  /** Resets all streams and stops. Safe to call twice; bounded in time. */
  close(): Promise<void>;
}

/**
 * Starts an outlet: a worker, open to the network, that connects streams to a target.
 *
 * @param host not the operator's own: it sends along routes that others gave
 * @throws CulvertError OPTION_INVALID, ADDRESS_INVALID, ADDRESS_TAKEN, WORKER_LIMIT_EXCEEDED, NODE_CLOSED
 */
export function startOutlet(host: WorkerHost, options: OutletOptions): Outlet {
  return new TcpOutlet(host, options);
}

class TcpOutlet implements Outlet {
  #options: OutletOptions;
  #limits: OutletLimits;
  #place: HostPort;
  readonly #acceptor: Acceptor;
  readonly #visitors: VisitorBook;
  readonly #watch: TargetWatch;
  /** Streams whose target has not accepted yet. */
  readonly #connecting: FairShare<Carrier> = new FairShare();
  readonly #draining: Draining = new Draining(() => this.streams + this.#sockets.size === 0);
  readonly #sockets: LocalSockets = new LocalSockets(() => this.#draining.check());
  #closed: Promise<void> | undefined;

  constructor(host: WorkerHost, options: OutletOptions) {
    this.#options = options;
    this.#limits = outletLimits(options);
    this.#place = parseHostPort(options.target);
    this.#visitors = new VisitorBook(options.onVisitor, false);
    this.#acceptor = createAcceptor(host, {
      address: options.address ?? "outlet",
      type: "outlet",
      limits: this.#limits,
      access: (origin, message) => this.#options.access?.(origin, message) ?? true,
      ownerOf: options.ownerOf,
      budget: options.budget,
      attach: (stream, opened) => this.#attach(stream, opened),
      refusal: (opened) => this.#refusal(opened),
      onRefused: (error, opened) => this.#visitors.refused(error, visitorOf(opened)),
      onClosed: (stream) => this.#onClosed(stream),
    });
    this.#watch = new TargetWatch({
      place: this.#place,
      timeoutMs: this.#limits.connectTimeoutMs,
      checkIntervalMs: this.#limits.checkIntervalMs,
      // What the target says goes unread.
      reading: { pool: this.#acceptor.chunks, taker: { write() {}, writeCopy() {} } },
      onChange: () => options.onChange?.(this),
    });
  }

  get target(): string {
    return this.#options.target;
  }

  get address(): Address {
    return this.#acceptor.address;
  }

  get state(): "up" | "down" {
    return this.#watch.state;
  }

  get since(): number {
    return this.#watch.since;
  }

  get attempts(): number {
    return this.#watch.attempts;
  }

  get nextAttemptAt(): number | undefined {
    return this.#watch.nextAttemptAt;
  }

  get lastFailure(): CulvertError | undefined {
    return this.#watch.lastFailure;
  }

  get traffic(): PortalTraffic {
    return this.#visitors.traffic();
  }

  get streams(): number {
    return this.#visitors.size;
  }

  get connecting(): number {
    return this.#connecting.size;
  }

  update(update: OutletUpdate): void {
    const { proxyProtocol, access, noDelay, keepAlive, connectTimeoutMs, checkIntervalMs, ...kept } =
      this.#options;
    const options = { ...kept, ...update };
    const [limits, place] = [outletLimits(options), parseHostPort(options.target)];
    this.#options = options;
    this.#limits = limits;
    this.#place = place;
    this.#watch.watchOther(place, limits);
  }

  async drain(graceMs: number): Promise<void> {
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

  #onClosed(stream: Carrier): void {
    this.#connecting.remove(stream);
    this.#watch.forget(stream);
    this.#visitors.ended(stream);
    this.#draining.check();
  }

  #refusal(opened: OpenedStream): ResetReason | undefined {
    const { openOptions, returnRoute } = opened;
    if (this.#closed !== undefined || this.#draining.isBegun) {
      return { code: "OUTLET_CLOSING", text: `the outlet "${this.address}" is about to end` };
    }
    if (decodeVisitor(openOptions) === undefined) {
      return { code: "STREAM_INVALID", text: "what is told about the visitor is not understood" };
    }
    const text = this.#options.refusal?.();
    if (text !== undefined && !this.#acceptor.makeRoomFor(opened))
      return { code: "STREAM_LIMIT_EXCEEDED", text };
    return this.#makeRoom(returnRoute);
  }

  /** Where the target is slow and one peer has most of those that wait for it, the oldest of them gives way to another peer. */
  #makeRoom(wayBack: Route): ResetReason | undefined {
    const { maxConnecting } = this.#limits;
    if (this.#connecting.size < maxConnecting) return undefined;
    const text = `the outlet connects to its target for ${maxConnecting} streams already, which is its limit`;
    const reason: ResetReason = { code: "STREAM_LIMIT_EXCEEDED", text };
    const leaving = this.#connecting.givesWayTo(wayBack, () => 0);
    if (leaving === undefined) return reason;
    this.#acceptor.evict(leaving, reason);
    return undefined;
  }

  #attach(stream: Carrier, opened: OpenedStream): LocalEnd {
    if (decodeVisitor(opened.openOptions)?.watch !== undefined) {
      this.#watch.tell(stream);
      return new WatchingEnd(stream);
    }
    this.#visitors.opened(stream, visitorOf(opened));
    return this.#connect(stream, opened);
  }

  #connect(stream: Carrier, { openOptions, returnRoute }: OpenedStream): TargetEnd {
    const { proxyProtocol, noDelay = true, keepAlive = true } = this.#options;
    const end = new TargetEnd(stream, () => this.#visitors.ended(stream));
    const place = this.#place;
    // What is heard of a former target says nothing about the one there is now.
    const watch = (): TargetWatch | undefined => (place === this.#place ? this.#watch : undefined);
    this.#connecting.add(stream, returnRoute);
    const giveUp = connectTarget(place, {
      noDelay,
      keepAlive,
      timeoutMs: this.#limits.connectTimeoutMs,
      reading: { pool: this.#acceptor.chunks, taker: stream },
      onConnected: (socket) => {
        if (proxyProtocol !== undefined) {
          socket.write(proxyHeader(proxyProtocol, decodeVisitor(openOptions) ?? {}));
        }
        this.#sockets.add(socket);
        this.#connecting.remove(stream);
        watch()?.connected();
        socket.once("error", () => watch()?.suspect());
        end.connected(socket);
      },
      onFailed: (error) => {
        watch()?.failed(error);
        stream.reset(reasonOf(error));
      },
    });
    end.dialling(giveUp);
    return end;
  }

  async #close(): Promise<void> {
    this.#watch.close();
    const closing = this.#acceptor.close({ code: "ABORTED", text: "the outlet was closed" });
    this.#sockets.reset();
    this.#draining.giveUp();
    await closing;
    this.#visitors.endAll();
  }
}

/** What is said of the visitor of a stream. */
function visitorOf({ openOptions }: OpenedStream): Partial<Visitor> {
  const { id, visitor: from } = decodeVisitor(openOptions) ?? {};
  return { ...(id !== undefined && { id }), from };
}

/** The limits among the options, checked; what is left when all else is taken out has to be one. */
function outletLimits(options: OutletOptions): OutletLimits {
  const {
    target,
    address,
    proxyProtocol,
    access,
    ownerOf,
    budget,
    noDelay,
    keepAlive,
    refusal,
    onVisitor,
    onChange,
    ...rest
  } = options;
  return checkLimits("outlet", defaultOutletLimits, rest);
}
