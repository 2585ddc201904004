import { CulvertError, checkMs, type TransportCapabilities } from "@x/core";
import { MemoryConnection } from "./memory-connection.js";
import type { MemoryScheduler } from "./memory-scheduler.js";
import { MemoryWire } from "./memory-wire.js";
import type { RandomSource } from "./random-source.js";
import type { WireConditions } from "./wire-conditions.js";

/** What a link is made of. */
export interface MemoryLinkOptions {
  /** The dialling end. */
  readonly dialler: string;
  /** The name that was dialled. */
  readonly listener: string;
  readonly capabilities: TransportCapabilities;
  readonly conditions: WireConditions;
  readonly scheduler: MemoryScheduler;
  readonly random: RandomSource;
  readonly softQueueBytes: number;
  readonly hardQueueBytes: number;
  readonly closeTimeoutMs: number;
  /** Called once when both ends are closed. */
  readonly onGone: (link: MemoryLink) => void;
}

/** One direction of a link, as tests and simulators see it. */
export interface WireControl {
  /** Bytes under way or waiting for the receiver. */
  readonly queuedBytes: number;
  /** Changes delay, loss and the like for frames sent from now on. */
  setConditions(conditions: Partial<WireConditions>): void;
  /** Holds frames back: the queue fills, and the sender feels it. */
  block(): void;
  /** Lets go what `block` held back. */
  unblock(): void;
  /** Drops everything, silently and for good. */
  drop(): void;
}

/** A connection between two transports and what can happen to it. */
export class MemoryLink {
  readonly dialler: string;
  readonly listener: string;
  /** The direction from the dialling end to the listening end. */
  readonly toListener: WireControl;
  /** The direction from the listening end to the dialling end. */
  readonly toDialler: WireControl;
  /** The dialling end. */
  readonly dialled: MemoryConnection;
  /** The listening end. */
  readonly accepted: MemoryConnection;
  readonly #scheduler: MemoryScheduler;
  readonly #deadPeerMs: number;
  #openEnds = 2;
  #cancelDeadPeer: (() => void) | undefined;

  constructor(options: MemoryLinkOptions) {
    this.dialler = options.dialler;
    this.listener = options.listener;
    this.#scheduler = options.scheduler;
    this.#deadPeerMs = options.capabilities.deadPeerMs;
    const toListener = new MemoryWire(options, (reason) => this.accepted.endNow(reason));
    const toDialler = new MemoryWire(options, (reason) => this.dialled.endNow(reason));
    this.toListener = toListener;
    this.toDialler = toDialler;
    const shared = {
      scheduler: options.scheduler,
      maxFrameBytes: options.capabilities.maxFrameBytes,
      closeTimeoutMs: options.closeTimeoutMs,
    };
    const { dialler, listener } = options;
    this.dialled = new MemoryConnection({
      ...shared,
      localWhere: dialler,
      remoteWhere: listener,
      incoming: toDialler,
      outgoing: toListener,
    });
    this.accepted = new MemoryConnection({
      ...shared,
      localWhere: listener,
      remoteWhere: dialler,
      incoming: toListener,
      outgoing: toDialler,
    });
    for (const end of [this.dialled, this.accepted]) end.whenClosed(() => this.#endClosed(options.onGone));
  }

  /** Changes delay, loss and the like in both directions, for frames sent from now on. */
  setConditions(conditions: Partial<WireConditions>): void {
    this.toListener.setConditions(conditions);
    this.toDialler.setConditions(conditions);
  }

  /** Holds frames back in both directions. */
  block(): void {
    this.toListener.block();
    this.toDialler.block();
  }

  /** Lets go what `block` held back. */
  unblock(): void {
    this.toListener.unblock();
    this.toDialler.unblock();
  }

  /**
   * Drops everything in both directions, silently and for good: neither end hears that the other closed.
   * Each end notices after so many milliseconds and closes with PEER_DEAD, as a transport with pings does. Default: the
   * `deadPeerMs` of the transport that dialled.
   */
  cut(deadPeerMs: number = this.#deadPeerMs): void {
    checkMs("deadPeerMs", deadPeerMs);
    this.toListener.drop();
    this.toDialler.drop();
    this.#cancelDeadPeer?.();
    this.#cancelDeadPeer = this.#scheduler.setTimer(() => {
      for (const end of [this.dialled, this.accepted]) {
        end.endNow(
          new CulvertError("PEER_DEAD", `Lost "${end.remoteWhere}": nothing came for ${deadPeerMs} ms`),
        );
      }
    }, deadPeerMs);
  }

  /** Closes both ends at once with CONNECTION_RESET; frames under way are lost. */
  break(): void {
    for (const end of [this.dialled, this.accepted]) {
      end.endNow(new CulvertError("CONNECTION_RESET", `Lost "${end.remoteWhere}": connection was reset`));
    }
  }

  #endClosed(onGone: (link: MemoryLink) => void): void {
    this.#openEnds -= 1;
    if (this.#openEnds > 0) return;
    this.#cancelDeadPeer?.();
    onGone(this);
  }
}
