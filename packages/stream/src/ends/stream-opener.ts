import {
  type AccessRule,
  type Address,
  CulvertError,
  checkRoute,
  type Message,
  type Route,
  type WorkerHost,
} from "@x/core";
import { defaultPingTimeoutMs, defaultRetryWaitMs } from "../limits.js";
import type { StreamSettings } from "../machine/stream-settings.js";
import { Path } from "../path/path.js";
import { errorOf, type ResetReason, reasonOf } from "../protocol/reset-reason.js";
import type { Segment } from "../protocol/segment.js";
import { generateStreamId, type StreamId } from "../protocol/stream-id.js";
import type { ChunkPool } from "../resources/chunk-pool.js";
import type { StreamBudget } from "../resources/stream-budget.js";
import type { CarriedStream, StreamPath } from "./carried-stream.js";
import type { Carrier, LocalEnd } from "./local-end.js";
import { RouteState } from "./route-state.js";
import { StreamEnd } from "./stream-end.js";
import { WaitingStreams } from "./waiting-streams.js";

/** How an opener treats its routes. */
export interface OpenerLimits {
  /** How long a stream waits for a route while all are down, in milliseconds. Default 0: it is given up at once. */
  readonly connectionWaitMs: number;
  /** Silence after which an unanswered probe makes a route count as down, in milliseconds. Default 10,000. */
  readonly pingTimeoutMs: number;
  /**
   * Longest pause between two looks for an acceptor that is down, in milliseconds; pauses grow up to it. Default 5,000.
   * While a stream waits the pauses are 1,000 ms at most, and a stream that is opened has the opener look at once.
   */
  readonly retryWaitMs: number;
}

/** What counts where nothing else is given. */
export const defaultOpenerLimits: OpenerLimits = {
  connectionWaitMs: 0,
  pingTimeoutMs: defaultPingTimeoutMs,
  retryWaitMs: defaultRetryWaitMs,
};

/** How to make an opener. */
export interface StreamOpenerOptions {
  /** Ways to the acceptor, each ending in its address. The first is preferred, the others are spare. */
  readonly routes: readonly Route[];
  /** What it is, for people. */
  readonly type: string;
  readonly limits: OpenerLimits;
  /** Who may be at the other end, asked at every answer. Nothing is sent along a route before somebody answered who may. Default: everybody. */
  readonly access?: AccessRule | undefined;
  /** Knows the state of its routes also while no stream uses them. */
  readonly asksWhenIdle: boolean;
  /** Memory for streams. Default: that of the node. */
  readonly budget?: StreamBudget | undefined;
  /** Told when the state changes. */
  readonly onChange?: (() => void) | undefined;
  /** Told when a stream is over. */
  readonly onClosed?: ((carrier: Carrier) => void) | undefined;
}

/** How to open a stream. */
export interface OpenOptions {
  readonly settings: StreamSettings;
  /** What the acceptor is told, 1,024 bytes at most. */
  readonly openOptions?: Uint8Array | undefined;
  /** Makes the local end of the stream. */
  readonly attach: (carrier: Carrier) => LocalEnd;
}

/** What an opener tells of its routes. */
export interface OpenerState {
  /** Whether the acceptor can be reached now. */
  readonly state: "up" | "down";
  /** Since when it is in that state, in milliseconds since 1970. */
  readonly since: number;
  /** Looks for the acceptor since it is down, over the route that was tried most; 0 while it is up. */
  readonly attempts: number;
  /** When it looks again, in milliseconds since 1970; nothing while it is up. */
  readonly nextAttemptAt: number | undefined;
  /** The newest reason why a stream or a route failed; absent when none did. */
  readonly lastFailure: CulvertError | undefined;
}

/** The end that opens streams, over the first of its routes that works. */
export interface Opener {
  /** Its worker's address. */
  readonly address: Address;
  /** Streams now. */
  readonly streams: number;
  /** Memory of the node for large reads. */
  readonly chunks: ChunkPool;
  /** Whether its routes work. */
  readonly state: OpenerState;
  /** The route new streams take. */
  readonly activeRoute: Route;
  /** Opens a stream. The open goes out with `start`, so that the first bytes can travel with it. */
  open(options: OpenOptions): Carrier;
  /** A stream could not be opened for a reason of the caller's: `state` tells it. */
  failed(failure: CulvertError): void;
  /** Resets all streams and stops. Safe to call twice; bounded in time. */
  close(reason: ResetReason): Promise<void>;
}

/**
 * Makes an opener.
 *
 * @param host sends along the routes: the operator's own where one begins with a transport hop
 * @throws CulvertError ROUTE_INVALID, ROUTE_TOO_LONG, ADDRESS_INVALID, WORKER_LIMIT_EXCEEDED, NODE_CLOSED
 */
export function createOpener(host: WorkerHost, options: StreamOpenerOptions): Opener {
  return new StreamOpener(host, options);
}

class StreamOpener extends StreamEnd implements Opener {
  readonly state: RouteState;
  readonly #options: StreamOpenerOptions;
  readonly #paths: readonly StreamPath[] = [];
  readonly #waiting: WaitingStreams;

  constructor(host: WorkerHost, options: StreamOpenerOptions) {
    checkRoutes(options.routes);
    const { type, limits, asksWhenIdle, budget } = options;
    super(host, {
      worker: { type, exposure: "network" },
      isAcceptor: false,
      probing: { ...limits, asksWhenIdle },
      budget,
    });
    this.#options = options;
    const { wakeups } = this.resources;
    this.#waiting = new WaitingStreams(wakeups, limits.connectionWaitMs);
    this.state = new RouteState(wakeups);
    this.#paths = options.routes.map((route) => new Path(route, this));
    this.state.follow(this.#paths);
  }

  get activeRoute(): Route {
    return (this.#bestPath() ?? this.#firstPath).route;
  }

  open({ settings, openOptions, attach }: OpenOptions): CarriedStream {
    if (!this.#options.asksWhenIdle) for (const path of this.#paths) path.forgetFailure();
    const best = this.#bestPath();
    const path = best ?? this.#firstPath;
    const stream = this.newStream({
      id: generateStreamId(),
      path,
      settings,
      openOptions,
      peer: path.route[0],
    });
    stream.attach(attach(stream));
    if (best === undefined) this.#reroute(stream, undefined, this.#firstPath.failure);
    return stream;
  }

  protected override mayAnswer(id: StreamId, message: Message): boolean {
    const { access, type } = this.#options;
    if (access === undefined || access(message.origin, message)) return true;
    const text = `the access rule of the ${type} does not allow who is at its other end`;
    this.carried.get(id)?.reset({ code: "ACCESS_DENIED", text });
    this.probes.get(id)?.failed(new CulvertError("ACCESS_DENIED", `Cannot use route: ${text}`));
    return false;
  }

  failed(failure: CulvertError): void {
    this.state.failed(failure);
  }

  onPathUp(path: StreamPath, wasDown: boolean): void {
    this.state.changed();
    // With an access rule streams also wait for the first answer of a path of which nothing is known.
    const asksFirst = this.#options.access !== undefined;
    if (wasDown || asksFirst) for (const stream of [...path.streams]) stream.moveTo(path);
    // Streams that wait on a path that is still down go on over this one.
    for (const other of this.#paths) {
      const isWaitedFor = other.state === "down" || (asksFirst && other.state === "unknown");
      if (isWaitedFor) for (const stream of [...other.streams]) stream.moveTo(path);
    }
    this.#options.onChange?.();
  }

  onPathFailed(path: StreamPath, failure: CulvertError, wasDown: boolean): void {
    if (!wasDown) this.state.changed();
    const spare = this.#bestPath();
    const ending = endingOf(path, failure);
    for (const stream of [...path.streams]) {
      if (stream.machine.phase === "opening") {
        if (!wasDown) this.#reroute(stream, spare, failure);
      } else if (ending !== undefined) stream.abandon(ending);
      else if (spare !== undefined) stream.moveTo(spare);
      else if (path.isOver) stream.abandon(reasonOf(failure));
      else if (!wasDown) stream.pathDown();
    }
    if (!wasDown) this.#options.onChange?.();
  }

  async close(reason: ResetReason): Promise<void> {
    for (const stream of [...this.carried.values()]) stream.reset(reason);
    this.#waiting.close();
    for (const path of this.#paths) path.close();
    await this.closeEnd();
  }

  /** Nobody opens streams here. */
  protected override onOpen(): void {}

  protected override onSegment(stream: CarriedStream, segment: Segment): void {
    const acknowledged = segment.ranges[0]?.to ?? 0;
    if (acknowledged > 0 && stream.isOfPath(acknowledged)) stream.path.heard(this.resources.wakeups.now());
  }

  protected override onStreamClosed(stream: CarriedStream): void {
    this.#waiting.remove(stream);
    const { reason } = stream.machine;
    if (reason !== undefined && reason.code !== "STREAM_RESET") this.state.failed(errorOf(reason));
    this.#options.onClosed?.(stream);
  }

  get #firstPath(): StreamPath {
    return this.#paths[0] as StreamPath;
  }

  /** The first route that is up, else the first that may be. */
  #bestPath(): StreamPath | undefined {
    const up = this.#paths.find((path) => path.state === "up");
    if (up !== undefined || this.#options.access !== undefined) return up;
    return this.#paths.find((path) => path.state === "unknown");
  }

  /** A stream the acceptor never answered takes another route, waits for one, or is given up. */
  #reroute(stream: CarriedStream, spare: StreamPath | undefined, failure: CulvertError | undefined): void {
    if (spare !== undefined) {
      stream.moveTo(spare);
      stream.start();
      return;
    }
    stream.pathDown();
    for (const path of this.#paths) path.hurry();
    this.#waiting.add(stream, failure ?? new CulvertError("CONNECTION_DOWN", "Cannot reach the acceptor"));
  }
}

/** What streams end for when the acceptor itself is gone, and with it what it knew of them, or lets their opener in no more. */
function endingOf({ route }: StreamPath, failure: CulvertError): ResetReason | undefined {
  if (failure.hop !== route.at(-1)) return undefined;
  if (failure.code === "ACCESS_DENIED") return reasonOf(failure);
  return failure.code === "WORKER_NOT_FOUND" ? { code: "STREAM_LOST", text: failure.message } : undefined;
}

function checkRoutes(routes: readonly Route[]): void {
  for (const route of routes) checkRoute(route);
  if (routes.length === 0 || routes.some((route) => route.length === 0)) {
    throw new CulvertError("ROUTE_INVALID", "Cannot open streams: a route to an acceptor is needed");
  }
}
