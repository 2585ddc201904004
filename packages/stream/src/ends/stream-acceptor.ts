import {
  type AccessRule,
  type Address,
  CulvertError,
  type IncomingMessage,
  type Message,
  type Origin,
  optionInvalid,
  type Route,
  type WorkerHost,
} from "@x/core";
import {
  acceptorKeepAliveFactor,
  defaultMaxStreams,
  defaultPingTimeoutMs,
  defaultRetryWaitMs,
} from "../limits.js";
import { defaultStreamSettings, type StreamSettings } from "../machine/stream-settings.js";
import { ReturnPaths } from "../path/return-paths.js";
import { type ResetReason, reasonOf } from "../protocol/reset-reason.js";
import type { Segment } from "../protocol/segment.js";
import type { StreamId } from "../protocol/stream-id.js";
import { encodeReset } from "../protocol/stream-message.js";
import type { ChunkPool } from "../resources/chunk-pool.js";
import type { StreamBudget } from "../resources/stream-budget.js";
import type { CarriedStream, StreamPath } from "./carried-stream.js";
import { FairShare } from "./fair-share.js";
import type { Carrier, LocalEnd } from "./local-end.js";
import { type OwnerOf, StreamEnd } from "./stream-end.js";

/** How many streams an acceptor takes, and how it treats them. */
export interface AcceptorLimits extends StreamSettings {
  /** Most streams at a time. Default 10,000. Beyond it the peer that has most gives one up for a peer that has fewer. */
  readonly maxStreams: number;
  /** Most streams by one connection of the node at a time. Default: as `maxStreams`, as a relay brings many openers by one. */
  readonly maxStreamsPerConnection: number;
}

/** What counts where nothing else is given. */
export const defaultAcceptorLimits: AcceptorLimits = {
  ...defaultStreamSettings,
  maxStreams: defaultMaxStreams,
  maxStreamsPerConnection: Number.POSITIVE_INFINITY,
};

/** How to make an acceptor. */
export interface StreamAcceptorOptions {
  /** Its worker's address. */
  readonly address: Address;
  /** What it is, for people. */
  readonly type: string;
  readonly limits: AcceptorLimits;
  /** Who may send to it, asked at every message. Whoever it refuses loses the streams he has. Default: everybody. */
  readonly access?: AccessRule | undefined;
  /** Whose a stream is that is opened: nobody else can do anything with it. Default: all streams are strangers'. */
  readonly ownerOf?: OwnerOf | undefined;
  /** Memory for streams. Default: that of the node. */
  readonly budget?: StreamBudget | undefined;
  /** Takes a stream: makes its local end. Must not throw. */
  readonly attach: (carrier: Carrier, opened: OpenedStream) => LocalEnd;
  /** Says why no further stream may be taken, beside the limits; nothing when one may. */
  readonly refusal?: ((opened: OpenedStream) => ResetReason | undefined) | undefined;
  /** Told of each stream that was refused, and why. Must not throw. */
  readonly onRefused?: ((error: CulvertError, opened: OpenedStream) => void) | undefined;
  /** Told when a stream is over. */
  readonly onClosed?: ((carrier: Carrier) => void) | undefined;
}

/** What an acceptor knows of a stream that is being opened. */
export interface OpenedStream {
  /** What the opener told. May share a larger buffer. */
  readonly openOptions: Uint8Array;
  /** Where the open came from, and what is known of who sent it. */
  readonly origin: Origin;
  /** The way back to the opener. */
  readonly returnRoute: Route;
}

const noOptions = new Uint8Array(0);

/** The end that takes streams: a worker, open to the network, that answers each by the return route of its newest segment. */
export interface Acceptor {
  /** Its worker's address. */
  readonly address: Address;
  /** Streams now. */
  readonly streams: number;
  /** Memory of the node for large reads. */
  readonly chunks: ChunkPool;
  /**
   * Ends a stream of the peer that has most, because what all of them share is used up. Returns false when none has more than
   * the one who opens would have then.
   */
  makeRoomFor(opened: OpenedStream): boolean;
  /** Ends a stream of this acceptor at once, because what it takes is needed for another. */
  evict(carrier: Carrier, reason: ResetReason): void;
  /** Resets all streams and stops. Safe to call twice; bounded in time. */
  close(reason: ResetReason): Promise<void>;
}

/**
 * Makes an acceptor.
 *
 * @param host not the operator's own: it sends along routes that others gave
 * @throws CulvertError OPTION_INVALID, ADDRESS_INVALID, ADDRESS_TAKEN, WORKER_LIMIT_EXCEEDED, NODE_CLOSED
 */
export function createAcceptor(host: WorkerHost, options: StreamAcceptorOptions): Acceptor {
  return new StreamAcceptor(host, options);
}

class StreamAcceptor extends StreamEnd implements Acceptor {
  readonly #options: StreamAcceptorOptions;
  readonly #settings: StreamSettings;
  readonly #paths: ReturnPaths<CarriedStream> = new ReturnPaths(this);
  readonly #share: FairShare<CarriedStream> = new FairShare();
  #isClosed = false;

  constructor(host: WorkerHost, options: StreamAcceptorOptions) {
    const { address, type, limits, access, ownerOf, budget } = options;
    if (host.isOwn) throw optionInvalid("host", "own", `${type}s are answered along routes that others gave`);
    super(host, {
      worker: {
        address,
        type,
        exposure: "network",
        ...(access !== undefined && { access: (origin, message) => this.#mayEnter(access, origin, message) }),
      },
      isAcceptor: true,
      probing: {
        pingTimeoutMs: defaultPingTimeoutMs,
        retryWaitMs: defaultRetryWaitMs,
        asksWhenIdle: false,
      },
      ownerOf,
      budget,
    });
    this.#options = options;
    this.#settings = { ...limits, keepAliveMs: limits.keepAliveMs * acceptorKeepAliveFactor };
  }

  onPathUp(path: StreamPath, wasDown: boolean): void {
    if (wasDown) for (const stream of [...path.streams]) stream.moveTo(path);
  }

  onPathFailed(path: StreamPath, failure: CulvertError, wasDown: boolean): void {
    // The worker of an opener has a generated address: once gone, it never comes back.
    const isOpenerGone = failure.code === "WORKER_NOT_FOUND" && failure.hop === path.route.at(-1);
    for (const stream of [...path.streams]) {
      if (isOpenerGone) stream.abandon({ code: "STREAM_LOST", text: "the opener is gone" });
      else if (path.isOver) stream.abandon(reasonOf(failure));
      else if (!wasDown) stream.pathDown();
    }
    this.#paths.left(path);
  }

  /** Keeps nothing of the stream but why it ended: should the other end miss the word, it hears when it asks. */
  evict(stream: CarriedStream, reason: ResetReason): void {
    stream.path.send(encodeReset(stream.machine.id, true, reason));
    stream.abandon(reason);
  }

  async close(reason: ResetReason): Promise<void> {
    this.#isClosed = true;
    for (const stream of [...this.carried.values()]) stream.reset(reason);
    this.#paths.close();
    await this.closeEnd();
  }

  protected override onOpen(id: StreamId, segment: Segment, message: Message): void {
    const { returnRoute, origin } = message;
    if (returnRoute.length === 0) return;
    const opened = { openOptions: segment.options ?? noOptions, origin, returnRoute };
    const refusal = this.#refusal(opened) ?? this.#makeRoom(returnRoute);
    if (refusal !== undefined) {
      this.refuseStream(id, message, refusal);
      const error = new CulvertError(refusal.code, `Cannot take stream: ${refusal.text}`);
      this.#options.onRefused?.(error, opened);
      return;
    }
    const path = this.#paths.by(returnRoute, origin);
    const stream = this.newStream({
      id,
      path,
      settings: this.#settings,
      peer: returnRoute[0],
      owner: this.ownerOf(origin),
    });
    this.#share.add(stream, returnRoute);
    path.heard(this.resources.wakeups.now());
    stream.attach(this.#options.attach(stream, opened));
    stream.receive(segment, message.release);
  }

  protected override onSegment(stream: CarriedStream, segment: Segment, message: Message): void {
    const { returnRoute, origin } = message;
    if (!stream.machine.isNewest(segment.packetNumber) || returnRoute.length === 0) return;
    if (isSameRoute(stream.path.route, returnRoute)) stream.path.origin = origin;
    else {
      const left = stream.path;
      stream.moveTo(this.#paths.by(returnRoute, origin));
      this.#paths.left(left);
    }
    stream.path.heard(this.resources.wakeups.now());
  }

  protected override onStreamClosed(stream: CarriedStream): void {
    this.#share.remove(stream);
    this.#paths.left(stream.path);
    this.#options.onClosed?.(stream);
  }

  /** Whoever the rule refuses now may have streams of a time when it did not: they end, and he is told. */
  #mayEnter(access: AccessRule, origin: Origin, message: IncomingMessage): boolean {
    if (access(origin, message) === true) return true;
    const path = this.#paths.get(message.returnRoute);
    if (path?.origin === undefined) return false;
    const owner = this.ownerOf(origin);
    // Anybody may write that way back: others' streams go when the rule refuses whoever has them too.
    const isStillIn = access(path.origin, message) === true;
    const text = `"${this.address}" no longer lets its opener in`;
    for (const stream of [...path.streams]) {
      const isTheirs = stream.owner === owner && owner !== undefined;
      if (isTheirs || !isStillIn) this.evict(stream, { code: "ACCESS_DENIED", text });
    }
    return false;
  }

  #refusal(opened: OpenedStream): ResetReason | undefined {
    if (this.#isClosed) return { code: "ABORTED", text: "it was closed" };
    return this.#options.refusal?.(opened);
  }

  makeRoomFor({ returnRoute }: OpenedStream): boolean {
    return this.#letOneGiveWay(returnRoute, 0);
  }

  /** Where all streams are taken, or all of a connection, one of the peer that has most gives way. Returns why none does. */
  #makeRoom(wayBack: Route): ResetReason | undefined {
    const { maxStreams, maxStreamsPerConnection } = this.#options.limits;
    const ofConnection = this.#share.takenBy(wayBack[0] ?? "");
    // Many peers come by the connection to a relay.
    if (ofConnection >= maxStreamsPerConnection && !this.#letOneGiveWay(wayBack, 1))
      return tooMany(`the connection has its limit of ${maxStreamsPerConnection} streams`);
    if (this.#share.size >= maxStreams && !this.#letOneGiveWay(wayBack, 0))
      return tooMany(`the ${this.#options.type} has its limit of ${maxStreams} streams`);
    return undefined;
  }

  #letOneGiveWay(wayBack: Route, from: number): boolean {
    const leaving = this.#share.givesWayTo(wayBack, leavingRank, from);
    if (leaving !== undefined)
      this.evict(leaving, tooMany("it gives way to a stream of a peer that has fewer"));
    return leaving !== undefined;
  }
}

function tooMany(text: string): ResetReason {
  return { code: "STREAM_LIMIT_EXCEEDED", text };
}

/** Streams that are over but for an answer go first, then those that carried nothing, the oldest before the others; then the quietest. */
function leavingRank({ machine, startedAt }: CarriedStream): number {
  if (machine.phase === "resetting") return Number.NEGATIVE_INFINITY;
  return machine.isUnused ? startedAt - idleLeadMs : machine.lastHeardAt;
}

/** Puts all that carried nothing before all that did: more than any clock shows. */
const idleLeadMs = 2 ** 40;

function isSameRoute(one: Route, other: Route): boolean {
  return one === other || (one.length === other.length && one.every((hop, index) => hop === other[index]));
}
