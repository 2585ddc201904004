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
import { decodeVisitor } from "./visitors/visitor-options.js";

/** Times, sizes and counts of an outlet. */
export interface OutletLimits extends AcceptorLimits {
  /** How long the target may take to accept, names resolved and all addresses tried, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs: number;
  /** Most streams whose target has not accepted yet. Default 1,000: a silent target must not use up all streams. */
  readonly maxConnecting: number;
}

/** What counts where nothing else is given. */
const defaultOutletLimits: OutletLimits = {
  ...defaultAcceptorLimits,
  connectTimeoutMs: defaultConnectTimeoutMs,
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
  /** Told of each stream that was refused, and why. Must not throw. */
  readonly onRefused?: (error: CulvertError) => void;
}

/** Takes streams of inlets and connects each to the target. */
export interface Outlet extends AsyncDisposable {
  /** Its worker's address: what a route to it ends in. */
  readonly address: Address;
  /** Where it connects to, ``host:port``. */
  readonly target: string;
  /** Streams now. */
  readonly streams: number;
  /** Streams whose target has not accepted yet. */
  readonly connecting: number;
  /** Why the last stream failed; absent when none did. */
  readonly lastFailure: CulvertError | undefined;
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
  readonly target: string;
  lastFailure: CulvertError | undefined;
  readonly #options: OutletOptions;
  readonly #limits: OutletLimits;
  readonly #place: HostPort;
  readonly #acceptor: Acceptor;
  /** Streams whose target has not accepted yet. */
  readonly #connecting: FairShare<Carrier> = new FairShare();
  readonly #draining: Draining = new Draining(() => this.streams + this.#sockets.size === 0);
  readonly #sockets: LocalSockets = new LocalSockets(() => this.#draining.check());
  #closed: Promise<void> | undefined;

  constructor(host: WorkerHost, options: OutletOptions) {
    this.#options = options;
    this.#limits = outletLimits(options);
    this.target = options.target;
    this.#place = parseHostPort(options.target);
    this.#acceptor = createAcceptor(host, {
      address: options.address ?? "outlet",
      type: "outlet",
      limits: this.#limits,
      access: options.access,
      ownerOf: options.ownerOf,
      budget: options.budget,
      attach: (stream, opened) => this.#connect(stream, opened),
      refusal: (opened) => this.#refusal(opened),
      onRefused: options.onRefused,
      onClosed: (stream) => this.#onClosed(stream),
    });
  }

  get address(): Address {
    return this.#acceptor.address;
  }

  get streams(): number {
    return this.#acceptor.streams;
  }

  get connecting(): number {
    return this.#connecting.size;
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

  #connect(stream: Carrier, { openOptions, returnRoute }: OpenedStream): TargetEnd {
    const { proxyProtocol, noDelay = true, keepAlive = true } = this.#options;
    const end = new TargetEnd(stream);
    this.#connecting.add(stream, returnRoute);
    const giveUp = connectTarget(this.#place, {
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
        end.connected(socket);
      },
      onFailed: (error) => {
        this.lastFailure = error;
        stream.reset(reasonOf(error));
      },
    });
    end.dialling(giveUp);
    return end;
  }

  async #close(): Promise<void> {
    const closing = this.#acceptor.close({ code: "ABORTED", text: "the outlet was closed" });
    this.#sockets.reset();
    this.#draining.giveUp();
    await closing;
  }
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
    onRefused,
    ...rest
  } = options;
  return checkLimits("outlet", defaultOutletLimits, rest);
}
