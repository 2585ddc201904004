import { CulvertError, type Deferred, deferred, Fifo } from "@x/core";
import type { BudgetShare, FairBudget } from "@x/transport-kit";
import { datagramOverheadBytes, maxDatagramsPerTurn } from "../limits.js";

/** Hands one datagram to the system, and calls `done` when the system took it or refused. */
export type SendDatagram = (datagram: Buffer, done: () => void) => void;

/** What bounds a queue, in bytes. */
export interface QueueLimits {
  readonly softQueueBytes: number;
  readonly hardQueueBytes: number;
}

/** What a queue shares with those of other connections. */
export interface QueueShares {
  /** Memory of what all connections hold to be sent. */
  readonly budget: FairBudget;
  /** The host of the peer. */
  readonly source: string;
  /** Told of each datagram that is dropped. */
  readonly onLoss: () => void;
}

/** The datagrams of one connection on their way to the system, a few at a time so that a burst does not overrun the receiver. */
export class SendQueue {
  /** Set whenever something was sent; whoever keeps the connection alive clears it. */
  wrote = false;
  readonly #sendDatagram: SendDatagram;
  readonly #limits: QueueLimits;
  readonly #share: BudgetShare;
  readonly #onLoss: () => void;
  #queue = new Fifo<Buffer>();
  /** Datagrams that the system was given and has not taken yet. */
  #inFlight = 0;
  #sentThisTurn = 0;
  #queuedBytes = 0;
  #room: Deferred<void> | undefined;
  #empty: Deferred<void> | undefined;

  constructor(sendDatagram: SendDatagram, limits: QueueLimits, { budget, source, onLoss }: QueueShares) {
    this.#sendDatagram = sendDatagram;
    this.#limits = limits;
    this.#share = budget.join(source, { giveUp: () => this.#dropWaiting() });
    this.#onLoss = onLoss;
  }

  /**
   * Refuses when too much is queued already, here or in all queues.
   *
   * @throws CulvertError CONNECTION_BUSY
   */
  checkRoom(): void {
    const { hardQueueBytes } = this.#limits;
    if (this.#queuedBytes >= hardQueueBytes) throw this.#busy(`limit is ${hardQueueBytes} bytes`);
    if (this.#share.isSpent)
      throw this.#busy("and the memory for all connections goes to those that hold less");
  }

  /** Adds the datagrams of a frame. Returns a promise while more is queued than the soft bound. */
  push(datagrams: readonly Buffer[]): Promise<void> | undefined {
    for (const datagram of datagrams) {
      this.#queue.push(datagram);
      this.#queuedBytes += heldBytes(datagram);
    }
    this.#pump();
    this.#share.set(this.#queuedBytes);
    if (this.#queuedBytes <= this.#limits.softQueueBytes) return undefined;
    this.#room ??= deferred();
    return this.#room.promise;
  }

  /** Resolves when the system took everything. */
  whenEmpty(): Promise<void> {
    if (this.#queuedBytes === 0) return Promise.resolve();
    this.#empty ??= deferred();
    return this.#empty.promise;
  }

  /** Drops what is queued, and lets everybody go on who waits. */
  release(): void {
    this.#queue.clear();
    this.#queuedBytes = 0;
    this.#share.leave();
    this.#wake();
  }

  #busy(why: string): CulvertError {
    return new CulvertError(
      "CONNECTION_BUSY",
      `Cannot send frame: ${this.#queuedBytes} bytes are queued, ${why}`,
    );
  }

  /** All that waits: without one of its datagrams a frame is lost, and the others would be sent in vain. */
  #dropWaiting(): boolean {
    if (this.#queue.length === 0) return false;
    for (let datagram = this.#queue.shift(); datagram !== undefined; datagram = this.#queue.shift()) {
      this.#onLoss();
      this.#count(-heldBytes(datagram));
    }
    this.#wake();
    return true;
  }

  #pump(): void {
    while (this.#hasRoomInTurn()) {
      const datagram = this.#queue.shift();
      if (datagram === undefined) return;
      this.#countInTurn();
      this.#inFlight++;
      this.wrote = true;
      this.#sendDatagram(datagram, () => this.#onSent(heldBytes(datagram)));
    }
  }

  #hasRoomInTurn(): boolean {
    return this.#sentThisTurn < maxDatagramsPerTurn && this.#inFlight < maxDatagramsPerTurn;
  }

  // The system may take datagrams many times per turn of the event loop, and so faster than any receiver reads.
  #countInTurn(): void {
    if (this.#sentThisTurn++ > 0) return;
    setImmediate(() => {
      this.#sentThisTurn = 0;
      this.#pump();
    });
  }

  #onSent(bytes: number): void {
    this.#inFlight--;
    this.#count(-bytes);
    this.#pump();
    this.#wake();
  }

  #count(bytes: number): void {
    this.#queuedBytes = Math.max(this.#queuedBytes + bytes, 0);
    this.#share.set(this.#queuedBytes);
  }

  #wake(): void {
    if (this.#queuedBytes <= this.#limits.softQueueBytes / 2) {
      this.#room?.resolve();
      this.#room = undefined;
    }
    if (this.#queuedBytes > 0) return;
    this.#empty?.resolve();
    this.#empty = undefined;
  }
}

function heldBytes(datagram: Buffer): number {
  return datagram.length + datagramOverheadBytes;
}
