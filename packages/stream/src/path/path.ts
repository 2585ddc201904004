import {
  type Address,
  type AddressListener,
  type AddressState,
  CulvertError,
  Fifo,
  formatRoute,
  isCulvertError,
  type Origin,
  type Release,
  type Route,
} from "@x/core";
import type { StreamId } from "../protocol/stream-id.js";
import { encodeShort } from "../protocol/stream-message.js";
import type { FirstHops } from "../resources/first-hops.js";
import type { Wakeups } from "../resources/wakeups.js";
import { PathMemory } from "./path-memory.js";
import { PathProbe, type PathState, type Probed, type ProbeSettings } from "./path-probe.js";

/** A stream, as the path sees it that it uses. */
export interface PathUser {
  /** Sends one message over the path, when it still uses that and still wants to. */
  takeTurn(path: object): void;
}

/** What paths need of those they belong to. */
export interface PathContext<User extends PathUser> {
  readonly resources: { readonly wakeups: Wakeups; readonly hops: FirstHops };
  readonly probing: ProbeSettings;
  /** The sender writes that it is the acceptor. */
  readonly isAcceptor: boolean;
  /** The paths by the ids of their hellos, by which answers find them. Each path is in it until it is closed. */
  readonly probes: Map<StreamId, Path<User>>;
  /** As `WorkerHost.send`, along the route of a path, with the way back to the owner. */
  send(
    path: Path<User>,
    payload: Uint8Array | readonly Uint8Array[],
    release?: Release,
  ): Promise<void> | undefined;
  /** As `WorkerHost.watch`. */
  watch(address: Address, listener: AddressListener): () => void;
  onPathUp(path: Path<User>, wasDown: boolean): void;
  /** @param wasDown it is not the first failure since the path was up */
  onPathFailed(path: Path<User>, failure: CulvertError, wasDown: boolean): void;
}

/** One way to the other end, shared by its streams: its state, what was learned about it, and whose turn it is to send. */
export class Path<User extends PathUser> implements Probed {
  readonly route: Route;
  readonly memory: PathMemory;
  /** The rights to send along the route, where it is one that somebody else gave. */
  origin: Origin | undefined;
  readonly streams: Set<User> = new Set();
  readonly #context: PathContext<User>;
  readonly #firstHop: Address;
  readonly #probe: PathProbe;
  readonly #urgent: Fifo<User> = new Fifo();
  readonly #bulk: Fifo<User> = new Fifo();
  readonly #unwatch: () => void;
  #state: PathState = "unknown";
  #failure: CulvertError | undefined;
  #failedAt: number = Number.NEGATIVE_INFINITY;
  #isSending = false;
  #isCongested = false;
  #isOver = false;
  /** What `watch` says at once is part of the start: the owner has no path yet that it could be told of. */
  #isStarted = false;
  #isClosed = false;

  constructor(route: Route, context: PathContext<User>) {
    this.route = route;
    this.#context = context;
    this.#firstHop = route[0] ?? "";
    const { resources, probing, probes } = context;
    this.memory = new PathMemory(resources.hops.hold(this.#firstHop));
    this.#probe = new PathProbe(this, resources.wakeups, probing);
    probes.set(this.#probe.id, this);
    this.#unwatch = context.watch(this.#firstHop, (state, why) => this.#firstHopIs(state, why));
    this.#isStarted = true;
  }

  get state(): PathState {
    return this.#state;
  }

  /** A stream uses it. */
  get isNeeded(): boolean {
    return this.streams.size > 0;
  }

  /** Its first hop says that what was under way through it is over. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Why it is down, or was last. */
  get failure(): CulvertError | undefined {
    return this.#failure;
  }

  /** When it last failed, by the clock of the wake-ups. */
  get failedAt(): number {
    return this.#failedAt;
  }

  /** Probes since it is down. */
  get attempts(): number {
    return this.#probe.attempts;
  }

  /** When the next probe is due, by the clock of the wake-ups; infinite when none is. */
  get nextAttemptAt(): number {
    return this.#probe.nextAt;
  }

  /** Somebody waits for it to come up: a probe is made soon. */
  hurry(): void {
    if (this.#state === "down") this.#probe.hurry();
  }

  /** Nobody looked after it while no stream used it: whether it works is found out by using it. */
  forgetFailure(): void {
    if (this.#state === "down" && !this.isNeeded) this.#state = "unknown";
  }

  /** Something came by this path. */
  heard(now: number): void {
    this.#probe.heard(now);
    if (this.#state === "up" || this.#isClosed) return;
    const wasDown = this.#state === "down";
    this.#state = "up";
    this.#isOver = false;
    this.#context.onPathUp(this, wasDown);
  }

  /** A hop refuses, the first hop is down, or nothing is heard. */
  failed(failure: CulvertError): void {
    if (!this.#isOver) this.#fail(failure);
  }

  /** A stream has something to send; it is given its turn. */
  enqueue(stream: User, isUrgent: boolean): void {
    (isUrgent ? this.#urgent : this.#bulk).push(stream);
  }

  /** Lets streams send, one message each in turn, until none wants to or the first hop has no room. Safe to call within itself. */
  pump(): void {
    if (this.#isSending || this.#isCongested) return;
    this.#isSending = true;
    try {
      while (!this.#isCongested) {
        const stream = this.#urgent.shift() ?? this.#bulk.shift();
        if (stream === undefined) break;
        stream.takeTurn(this);
      }
    } finally {
      this.#isSending = false;
    }
  }

  /**
   * Sends a message to the other end. What is wrong with it comes back as an error, and it counts as refused.
   *
   * @param release called when nobody needs the payload's bytes any more; not every transport tells
   */
  send(payload: Uint8Array | readonly Uint8Array[], release?: Release): CulvertError | undefined {
    try {
      const room = this.#context.send(this, payload, release);
      if (room !== undefined) this.#waitFor(room);
      return undefined;
    } catch (error) {
      // It was not accepted, so nobody else will.
      release?.();
      if (isCulvertError(error)) return error;
      throw error;
    }
  }

  ask(id: StreamId): void {
    const error = this.send(encodeShort("hello", id, this.#context.isAcceptor));
    if (error !== undefined) this.failed(error);
  }

  wasSilent(): void {
    const { pingTimeoutMs } = this.#context.probing;
    const reason = `Cannot reach ${formatRoute(this.route)}: no answer within ${pingTimeoutMs} ms`;
    this.failed(new CulvertError("TIMED_OUT", reason));
  }

  /** Forgets the path. Safe to call twice. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unwatch();
    this.#context.resources.hops.release(this.#firstHop);
    this.#context.probes.delete(this.#probe.id);
    this.#probe.close();
  }

  #fail(failure: CulvertError): void {
    if (this.#isClosed) return;
    this.#failure = failure;
    this.#failedAt = this.#context.resources.wakeups.now();
    const wasDown = this.#state === "down";
    this.#state = "down";
    if (this.#isOver) this.#probe.close();
    else if (!wasDown) this.#probe.soon();
    if (this.#isStarted) this.#context.onPathFailed(this, failure, wasDown);
  }

  #waitFor(room: Promise<void>): void {
    if (this.#isCongested) return;
    this.#isCongested = true;
    void room.then(() => {
      this.#isCongested = false;
      this.pump();
    });
  }

  #firstHopIs(state: AddressState, why: CulvertError | undefined): void {
    if (state === "up") {
      this.#isOver = false;
      if (this.#state === "down" || this.#context.probing.asksWhenIdle) this.#probe.now();
      return;
    }
    const hop = this.#firstHop;
    const code = state === "down" ? "CONNECTION_DOWN" : "WORKER_NOT_FOUND";
    this.#isOver = why !== undefined;
    this.#fail(why ?? new CulvertError(code, `Cannot reach "${hop}": it is ${state}`, { hop }));
  }
}
