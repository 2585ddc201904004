import { type Address, type AddressState, CulvertError, isCulvertError, type Route } from "@x/core";
import { Fifo } from "./fifo.js";
import { PathMemory } from "./path-memory.js";
import type { PathOwner } from "./path-owner.js";
import { PathProbe } from "./path-probe.js";
import type { PortalStream } from "./portal-stream.js";

/** Whether messages get through: `unknown` before the first answer. */
export type PathState = "unknown" | "up" | "down";

/** One way to the other end, shared by its streams: its state, what was learned about it, and whose turn it is to send. */
export class Path {
  readonly route: Route;
  readonly memory: PathMemory;
  readonly streams: Set<PortalStream> = new Set();
  readonly #owner: PathOwner;
  readonly #firstHop: Address;
  readonly #probe: PathProbe;
  readonly #urgent: Fifo<PortalStream> = new Fifo();
  readonly #bulk: Fifo<PortalStream> = new Fifo();
  readonly #unwatch: () => void;
  #state: PathState = "unknown";
  #failure: CulvertError | undefined;
  #failedAt: number = Number.NEGATIVE_INFINITY;
  #isSending = false;
  #isCongested = false;
  /** What `watch` says at once is part of the start: the owner has no path yet that it could be told of. */
  #isStarted = false;
  #isClosed = false;

  constructor(route: Route, owner: PathOwner) {
    this.route = route;
    this.#owner = owner;
    this.#firstHop = route[0] ?? "";
    this.memory = new PathMemory(owner.holdHop(this.#firstHop));
    this.#probe = new PathProbe(this, owner);
    this.#unwatch = owner.watch(this.#firstHop, (state) => this.#firstHopIs(state));
    this.#isStarted = true;
  }

  get state(): PathState {
    return this.#state;
  }

  /** Why it is down, or was last. */
  get failure(): CulvertError | undefined {
    return this.#failure;
  }

  /** When it last failed, by the owner's clock. */
  get failedAt(): number {
    return this.#failedAt;
  }

  /** Probes since it is down. */
  get attempts(): number {
    return this.#probe.attempts;
  }

  /** When the next probe is due, by the owner's clock; infinite when none is. */
  get nextAttemptAt(): number {
    return this.#probe.nextAt;
  }

  /** Somebody waits for it to come up: a probe is made soon. */
  hurry(): void {
    if (this.#state === "down") this.#probe.hurry();
  }

  /** Something came by this path. */
  heard(now: number): void {
    this.#probe.heard(now);
    if (this.#state === "up" || this.#isClosed) return;
    const wasDown = this.#state === "down";
    this.#state = "up";
    this.#owner.onPathUp(this, wasDown);
  }

  /** A hop refuses, the first hop is down, or nothing is heard. */
  failed(failure: CulvertError): void {
    this.#failure = failure;
    this.#failedAt = this.#owner.wakeups.now();
    if (this.#state === "down" || this.#isClosed) return;
    this.#state = "down";
    this.#probe.soon();
    if (this.#isStarted) this.#owner.onPathDown(this, failure);
  }

  /** A stream has something to send; it is given its turn. */
  enqueue(stream: PortalStream, isUrgent: boolean): void {
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

  /** Sends a message to the other end. What is wrong with it comes back as an error, and it counts as refused. */
  send(payload: Uint8Array | readonly Uint8Array[]): CulvertError | undefined {
    try {
      const room = this.#owner.send(this.route, payload);
      if (room !== undefined) this.#waitFor(room);
      return undefined;
    } catch (error) {
      if (isCulvertError(error)) return error;
      throw error;
    }
  }

  /** Forgets the path. Safe to call twice. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unwatch();
    this.#owner.releaseHop(this.#firstHop);
    this.#probe.close();
  }

  #waitFor(room: Promise<void>): void {
    if (this.#isCongested) return;
    this.#isCongested = true;
    void room.then(() => {
      this.#isCongested = false;
      this.pump();
    });
  }

  #firstHopIs(state: AddressState): void {
    if (state === "up") {
      if (this.#state === "down" || this.#owner.asksWhenIdle) this.#probe.now();
      return;
    }
    const hop = this.#firstHop;
    const code = state === "down" ? "CONNECTION_DOWN" : "WORKER_NOT_FOUND";
    this.failed(new CulvertError(code, `Cannot reach "${hop}": it is ${state}`, { hop }));
  }
}
