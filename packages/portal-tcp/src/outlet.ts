import {
  type Address,
  CulvertError,
  type Message,
  optionInvalid,
  type Route,
  type WorkerHost,
} from "@x/core";
import { Admission, type AdmissionLimits } from "./admission.js";
import { budgetOf, type PortalBudget } from "./budget.js";
import { Draining } from "./draining.js";
import { type HostPort, parseHostPort } from "./host-port.js";
import { defaultConnectTimeoutMs, defaultKeepAliveMs, outletKeepAliveFactor } from "./limits.js";
import { LocalSockets } from "./local-sockets.js";
import type { OpenOptions } from "./open-options.js";
import type { Path } from "./path.js";
import { PortalEnd, type PortalRole } from "./portal-end.js";
import { PortalStream } from "./portal-stream.js";
import { type ProxyProtocol, proxyHeader } from "./proxy-header.js";
import { type ResetReason, reasonOf } from "./reset-reason.js";
import { ReturnPaths } from "./return-paths.js";
import type { Segment } from "./segment.js";
import { SocketEnd } from "./socket-end.js";
import type { SocketOptions } from "./socket-reading.js";
import { Stream } from "./stream.js";
import type { StreamId } from "./stream-id.js";
import { type StreamSettings, streamSettings } from "./stream-settings.js";
import { connectTarget } from "./target-socket.js";

/** How to start an outlet. */
export interface OutletOptions extends Partial<StreamSettings>, AdmissionLimits, SocketOptions {
  /** Where it connects to, ``host:port``. */
  readonly target: string;
  /** Its worker's address. Default `outlet`. */
  readonly address?: Address;
  /** How long the target may take to accept, names resolved and all addresses tried, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Tells the target about each visitor by a header of the PROXY protocol. Default: not at all. */
  readonly proxyProtocol?: ProxyProtocol;
  /** Memory for streams. Default: shared by all portals of the host. */
  readonly budget?: PortalBudget;
  /** Says why no further stream may be taken, beside the limits; nothing when one may. */
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
 * @throws CulvertError ADDRESS_INVALID, ADDRESS_TAKEN, OPTION_INVALID, WORKER_LIMIT_EXCEEDED, NODE_CLOSED
 */
export function startOutlet(host: WorkerHost, options: OutletOptions): Outlet {
  if (host.isOwn) throw optionInvalid("host", "own", "an outlet sends along routes of others");
  return new TcpOutlet(host, options);
}

class TcpOutlet implements Outlet, PortalRole {
  readonly isOutlet = true;
  readonly target: string;
  lastFailure: CulvertError | undefined;
  readonly #options: OutletOptions;
  readonly #place: HostPort;
  readonly #settings: StreamSettings;
  readonly #budget: PortalBudget;
  readonly #admission: Admission;
  readonly #end: PortalEnd;
  readonly #paths: ReturnPaths;
  readonly #draining: Draining = new Draining(() => this.streams + this.#sockets.size === 0);
  readonly #sockets: LocalSockets = new LocalSockets(() => this.#draining.check());
  #closed: Promise<void> | undefined;

  constructor(host: WorkerHost, options: OutletOptions) {
    this.#options = options;
    this.target = options.target;
    this.#place = parseHostPort(options.target);
    const keepAliveMs = (options.keepAliveMs ?? defaultKeepAliveMs) * outletKeepAliveFactor;
    this.#settings = streamSettings({ ...options, keepAliveMs });
    this.#admission = new Admission(options);
    this.#budget = options.budget ?? budgetOf(host);
    this.#end = new PortalEnd(host, this, { address: options.address ?? "outlet", type: "outlet" });
    this.#paths = new ReturnPaths(this.#end);
  }

  get address(): Address {
    return this.#end.worker.address;
  }

  get streams(): number {
    return this.#end.streams.size;
  }

  get connecting(): number {
    return this.#admission.connecting;
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

  onOpen(id: StreamId, segment: Segment, message: Message): void {
    if (message.returnRoute.length === 0) return;
    const arrivedBy = message.origin.arrivedBy;
    const refusal = this.#refusal(arrivedBy);
    if (refusal !== undefined) {
      this.#end.refuseStream(id, message, refusal);
      this.#options.onRefused?.(new CulvertError(refusal.code, `Cannot take stream: ${refusal.text}`));
      return;
    }
    const path = this.#paths.by(message.returnRoute);
    const machine = new Stream(
      { id, role: "outlet", path: path.memory, budget: this.#budget, settings: this.#settings },
      this.#end.wakeups.now(),
    );
    const stream = new PortalStream(machine, path, this.#end);
    this.#end.streams.set(id, stream);
    this.#admission.opened(stream, arrivedBy);
    path.heard(this.#end.wakeups.now());
    this.#connect(stream, segment.options ?? {});
    stream.receive(segment);
  }

  onSegment(stream: PortalStream, segment: Segment, message: Message): void {
    const isNewest = stream.stream.isNewest(segment.packetNumber);
    if (!isNewest || message.returnRoute.length === 0) return;
    if (!isSameRoute(stream.path.route, message.returnRoute)) {
      const left = stream.path;
      stream.moveTo(this.#paths.by(message.returnRoute));
      this.#paths.left(left);
    }
    stream.path.heard(this.#end.wakeups.now());
  }

  onPathUp(path: Path, wasDown: boolean): void {
    if (wasDown) for (const stream of [...path.streams]) stream.moveTo(path);
  }

  onPathDown(path: Path, failure: CulvertError): void {
    // The worker of an inlet has a generated address: once gone, it never comes back.
    const isInletGone = failure.code === "WORKER_NOT_FOUND" && failure.hop === path.route.at(-1);
    for (const stream of [...path.streams]) {
      if (isInletGone) stream.abandon({ code: "STREAM_LOST", text: "the inlet is gone" });
      else stream.pathDown();
    }
    this.#paths.left(path);
  }

  onStreamClosed(stream: PortalStream): void {
    this.#admission.closed(stream);
    this.#paths.left(stream.path);
    this.#draining.check();
  }

  #refusal(arrivedBy: Address | undefined): ResetReason | undefined {
    if (this.#closed !== undefined || this.#draining.isBegun) {
      return { code: "OUTLET_CLOSING", text: `the outlet "${this.address}" is about to end` };
    }
    const text = this.#admission.refusal(arrivedBy) ?? this.#options.refusal?.();
    return text === undefined ? undefined : { code: "STREAM_LIMIT_EXCEEDED", text };
  }

  #connect(stream: PortalStream, about: OpenOptions): void {
    const { proxyProtocol, noDelay = true, keepAlive = true } = this.#options;
    const timeoutMs = this.#options.connectTimeoutMs ?? defaultConnectTimeoutMs;
    const preface = proxyProtocol === undefined ? undefined : proxyHeader(proxyProtocol, about);
    const socket = connectTarget(
      this.#place,
      { noDelay, keepAlive, timeoutMs, preface },
      {
        onBytes: (bytes) => stream.write(bytes),
        onConnected: () => {
          this.#admission.connected(stream);
          stream.settle();
        },
        onFailed: (error) => {
          this.lastFailure = error;
          stream.reset(reasonOf(error));
        },
      },
    );
    this.#sockets.add(socket);
    stream.attach(new SocketEnd(socket, stream));
  }

  async #close(): Promise<void> {
    for (const stream of [...this.#end.streams.values()]) {
      stream.reset({ code: "ABORTED", text: "the outlet was closed" });
    }
    this.#sockets.reset();
    this.#draining.giveUp();
    this.#paths.close();
    await this.#end.close();
  }
}

function isSameRoute(one: Route, other: Route): boolean {
  return one === other || (one.length === other.length && one.every((hop, index) => hop === other[index]));
}
