import { CulvertError, type Deferred, deferred } from "@x/core";
import { datagramOverheadBytes, maxDatagramsPerTurn } from "../limits.js";

/** Hands one datagram to the system, and calls `done` when the system took it or refused. */
export type SendDatagram = (datagram: Buffer, done: () => void) => void;

/** What bounds a queue, in bytes. */
export interface QueueLimits {
  readonly softQueueBytes: number;
  readonly hardQueueBytes: number;
}

/** The datagrams of one connection on their way to the system, a few at a time so that a burst does not overrun the receiver. */
export class SendQueue {
  /** Set whenever something was sent; whoever keeps the connection alive clears it. */
  wrote = false;
  readonly #sendDatagram: SendDatagram;
  readonly #limits: QueueLimits;
  #queue: Buffer[] = [];
  #next = 0;
  #inFlight = 0;
  #sentThisTurn = 0;
  #queuedBytes = 0;
  #room: Deferred<void> | undefined;
  #empty: Deferred<void> | undefined;

  constructor(sendDatagram: SendDatagram, limits: QueueLimits) {
    this.#sendDatagram = sendDatagram;
    this.#limits = limits;
  }

  /**
   * Refuses when too much is queued already.
   *
   * @throws CulvertError CONNECTION_BUSY
   */
  checkRoom(): void {
    if (this.#queuedBytes < this.#limits.hardQueueBytes) return;
    throw new CulvertError(
      "CONNECTION_BUSY",
      `Cannot send frame: ${this.#queuedBytes} bytes are queued, limit is ${this.#limits.hardQueueBytes} bytes`,
    );
  }

  /** Adds the datagrams of a frame. Returns a promise while more is queued than the soft bound. */
  push(datagrams: readonly Buffer[]): Promise<void> | undefined {
    for (const datagram of datagrams) {
      this.#queue.push(datagram);
      this.#queuedBytes += datagram.length + datagramOverheadBytes;
    }
    this.#pump();
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
    this.#queue = [];
    this.#next = 0;
    this.#queuedBytes = 0;
    this.#wake();
  }

  #pump(): void {
    while (this.#hasRoomInTurn() && this.#next < this.#queue.length) {
      const datagram = this.#queue[this.#next++] as Buffer;
      this.#countInTurn();
      this.#inFlight++;
      this.wrote = true;
      this.#sendDatagram(datagram, () => this.#onSent(datagram.length + datagramOverheadBytes));
    }
    if (this.#next < this.#queue.length) return;
    this.#queue = [];
    this.#next = 0;
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
    this.#queuedBytes = Math.max(this.#queuedBytes - bytes, 0);
    this.#pump();
    this.#wake();
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
