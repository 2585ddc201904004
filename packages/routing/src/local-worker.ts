import type {
  Address,
  Exposure,
  LocalInfo,
  Message,
  MessageHandler,
  OutgoingMessage,
  Route,
  WorkerHandle,
} from "@x/core";
import { maxDeliveryDepth, maxHandledInARow, workerCloseTimeoutMs } from "./limits.js";
import type { MessageQueue } from "./message-queue.js";
import { joinPayload } from "./payload.js";
import type { Receiver } from "./receiver.js";
import type { Reporter } from "./report.js";
import { Room } from "./room.js";
import type { Router } from "./router.js";
import { withinTimeout } from "./within-timeout.js";

/** What a worker needs of its node. */
export interface LocalWorkerOptions {
  readonly address: Address;
  readonly exposure: Exposure;
  readonly type: string;
  readonly handler: MessageHandler;
  readonly queue: MessageQueue<Message>;
  readonly router: Router;
  readonly report: Reporter;
  /** Takes the worker out of the node's table. */
  readonly onClose: () => void;
}

/** A worker with its mailbox: one message at a time, in order; what has to wait waits in a bounded queue. */
export class LocalWorker implements Receiver, WorkerHandle {
  readonly address: Address;
  readonly exposure: Exposure;
  readonly type: string;
  readonly #handler: MessageHandler;
  readonly #queue: MessageQueue<Message>;
  readonly #router: Router;
  readonly #report: Reporter;
  readonly #onClose: () => void;
  readonly #room = new Room();
  #busy = false;
  #running: Promise<void> | undefined;
  #handledInARow = 0;
  #turnIsPlanned = false;
  #closed: Promise<void> | undefined;

  constructor(options: LocalWorkerOptions) {
    this.address = options.address;
    this.exposure = options.exposure;
    this.type = options.type;
    this.#handler = options.handler;
    this.#queue = options.queue;
    this.#router = options.router;
    this.#report = options.report;
    this.#onClose = options.onClose;
  }

  /** Messages that wait for the handler. */
  get queued(): number {
    return this.#queue.length;
  }

  take(outgoing: OutgoingMessage, hopCount: number): Promise<void> | undefined {
    const message = received(outgoing, hopCount);
    if (!this.#canHandleNow(message)) return this.#enqueue(message);
    this.#handle(message);
    if (this.#queue.length > 0 && !this.#busy) this.#planTurn();
    return undefined;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #canHandleNow(message: Message): boolean {
    if (this.#busy || this.#queue.length > 0 || this.#router.depth >= maxDeliveryDepth) return false;
    // A refusal made for a worker of this node must not reach it while it is still within `send`.
    return message.refusal === undefined || message.local !== undefined;
  }

  #enqueue(message: Message): Promise<void> | undefined {
    if (!this.#queue.push(message, message.payload.length)) {
      const reason = `Cannot deliver to "${this.address}": ${this.#queue.length} messages wait for it already`;
      this.#router.refuse(message, "WORKER_BUSY", this.address, reason);
      // With nothing in this queue it is the node that is full, and nothing here would end the wait.
      return this.#queue.length > 0 ? this.#room.wait() : undefined;
    }
    if (!this.#busy) this.#planTurn();
    return this.#queue.isCongested ? this.#room.wait() : undefined;
  }

  #handle(message: Message): void {
    this.#router.delivered++;
    this.#router.depth++;
    this.#busy = true;
    let pending: unknown;
    try {
      pending = this.#handler(message);
    } catch (error) {
      this.#reportFailure(error);
    } finally {
      this.#router.depth--;
    }
    if (isPromise(pending)) this.#waitFor(pending);
    else this.#busy = false;
  }

  #waitFor(pending: PromiseLike<void>): void {
    this.#running = Promise.resolve(pending)
      .catch((error: unknown) => this.#reportFailure(error))
      .then(() => {
        this.#running = undefined;
        this.#busy = false;
        this.#handleWaiting();
      });
  }

  /** Handles what waits, until the handler has to wait or others must get a turn. */
  #handleWaiting(): void {
    while (!this.#busy && this.#queue.length > 0) {
      if (this.#handledInARow >= maxHandledInARow) break;
      this.#handledInARow++;
      const message = this.#queue.shift();
      if (message !== undefined) this.#handle(message);
      if (this.#queue.hasRoom) this.#room.open();
    }
    if (this.#handledInARow > 0) this.#planTurn();
  }

  #planTurn(): void {
    if (this.#turnIsPlanned) return;
    this.#turnIsPlanned = true;
    setImmediate(() => {
      this.#turnIsPlanned = false;
      this.#handledInARow = 0;
      if (!this.#busy && this.#queue.length > 0) this.#handleWaiting();
    });
  }

  async #close(): Promise<void> {
    this.#onClose();
    const reason = `Cannot deliver to "${this.address}": the worker was stopped`;
    for (let message = this.#queue.shift(); message !== undefined; message = this.#queue.shift()) {
      this.#router.refuse(message, "WORKER_NOT_FOUND", this.address, reason);
    }
    this.#room.open();
    if (this.#running !== undefined) await withinTimeout(this.#running, workerCloseTimeoutMs);
  }

  #reportFailure(error: unknown): void {
    this.#report({ type: "handler-failed", worker: this.address, error });
  }
}

/** The onward route of every message that ends at its worker: most do, and a list for each costs as much as its header. */
const noHops: Route = Object.freeze([]);

/** The message as its worker sees it: this hop is off the onward route. */
function received(outgoing: OutgoingMessage, hopCount: number): Message {
  const message: Message & { local?: LocalInfo } = {
    onwardRoute: outgoing.onwardRoute.length === 1 ? noHops : outgoing.onwardRoute.slice(1),
    returnRoute: outgoing.returnRoute ?? [],
    payload: joinPayload(outgoing.payload),
    hopCount,
  };
  if (outgoing.local !== undefined) message.local = outgoing.local;
  if (outgoing.fields === undefined && outgoing.refusal === undefined) return message;
  return {
    ...message,
    ...(outgoing.fields !== undefined && { fields: outgoing.fields }),
    ...(outgoing.refusal !== undefined && { refusal: outgoing.refusal }),
  };
}

function isPromise(value: unknown): value is PromiseLike<void> {
  return (
    typeof value === "object" && value !== null && typeof (value as PromiseLike<void>).then === "function"
  );
}
