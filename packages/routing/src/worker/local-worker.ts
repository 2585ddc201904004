import {
  type AccessRule,
  type Address,
  type AddressListener,
  CulvertError,
  type ErrorCode,
  type Exposure,
  type MessageHandler,
  type WorkerHandle,
} from "@x/core";
import type { Delivery } from "../delivery/delivery.js";
import { Patience } from "../delivery/patience.js";
import type { Receiver } from "../delivery/receiver.js";
import { Room } from "../delivery/room.js";
import type { Router } from "../delivery/router.js";
import { maxDeliveryDepth, maxHandledInARow, workerCloseTimeoutMs } from "../limits.js";
import type { Reporter } from "../report.js";
import type { MessageQueue } from "./message-queue.js";
import { nextTurn } from "./turn.js";
import { withinTimeout } from "./within-timeout.js";

/** What a worker needs of its node. */
export interface LocalWorkerOptions {
  readonly address: Address;
  readonly exposure: Exposure;
  readonly access: AccessRule | undefined;
  readonly type: string;
  readonly takesParts: boolean;
  readonly handler: MessageHandler;
  readonly queue: MessageQueue<Delivery>;
  readonly router: Router;
  readonly report: Reporter;
  /** Longest wait of the worker for one congested receiver of what it passes on, in milliseconds. */
  readonly congestionPatienceMs: number;
  /** Told when the state changes; `gone` comes last. */
  readonly onState: AddressListener;
}

/** A worker with its mailbox: one message at a time, in order; what has to wait waits in a bounded queue. */
export class LocalWorker implements Receiver, WorkerHandle {
  readonly address: Address;
  readonly exposure: Exposure;
  readonly type: string;
  readonly isDialled = false;
  state: "up" | "down" = "up";
  readonly #access: AccessRule | undefined;
  readonly #takesParts: boolean;
  readonly #handler: MessageHandler;
  readonly #queue: MessageQueue<Delivery>;
  readonly #router: Router;
  readonly #report: Reporter;
  readonly #congestionPatienceMs: number;
  readonly #onState: AddressListener;
  readonly #room = new Room();
  /** With what congestion its own messages met; most workers never need it. */
  #patience: Patience | undefined;
  #downReason = "";
  #downCode: ErrorCode = "WORKER_DOWN";
  #busy = false;
  #running: Promise<void> | undefined;
  #handledInARow = 0;
  #turnIsPlanned = false;
  #closed: Promise<void> | undefined;

  constructor(options: LocalWorkerOptions) {
    this.address = options.address;
    this.exposure = options.exposure;
    this.type = options.type;
    this.#access = options.access;
    this.#takesParts = options.takesParts;
    this.#handler = options.handler;
    this.#queue = options.queue;
    this.#router = options.router;
    this.#report = options.report;
    this.#congestionPatienceMs = options.congestionPatienceMs;
    this.#onState = options.onState;
  }

  /** Messages that wait for the handler. */
  get queued(): number {
    return this.#queue.length;
  }

  take(delivery: Delivery): Promise<void> | undefined {
    delivery.arriveAt(this.address, this.#takesParts);
    if (this.#access !== undefined && !this.#isAllowed(this.#access, delivery)) {
      const reason = `Cannot deliver to "${this.address}": its access rule does not allow it`;
      return this.#router.refuse(delivery, "ACCESS_DENIED", this.address, reason);
    }
    if (this.state === "down") {
      const reason = `Cannot deliver to "${this.address}": it is down (${this.#downReason})`;
      return this.#router.refuse(delivery, this.#downCode, this.address, reason);
    }
    if (!this.#canHandleNow(delivery)) return this.#enqueue(delivery);
    this.#handle(delivery);
    if (this.#queue.length > 0 && !this.#busy) this.#planTurn();
    return delivery.pushedBack;
  }

  goDown(reason: string, code?: ErrorCode): void {
    this.#downReason = reason;
    this.#downCode = code ?? "WORKER_DOWN";
    this.#become("down", code && new CulvertError(code, reason, { hop: this.address }));
  }

  comeUp(): void {
    this.#become("up");
  }

  close(why?: CulvertError): Promise<void> {
    this.#closed ??= this.#close(why);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #become(state: "up" | "down", why?: CulvertError): void {
    if (this.#closed !== undefined || (this.state === state && why === undefined)) return;
    this.state = state;
    this.#onState(state, why);
  }

  #isAllowed(access: AccessRule, delivery: Delivery): boolean {
    try {
      return access(delivery.origin, delivery) === true;
    } catch (error) {
      this.#report({ type: "handler-failed", worker: this.address, error });
      return false;
    }
  }

  #canHandleNow(delivery: Delivery): boolean {
    if (this.#busy || this.#queue.length > 0 || this.#router.depth >= maxDeliveryDepth) return false;
    // A refusal made for a worker of this node must not reach it while it is still within `send`.
    return delivery.refusal === undefined || delivery.origin.arrivedBy !== undefined;
  }

  #enqueue(delivery: Delivery): Promise<void> | undefined {
    if (!this.#queue.push(delivery, delivery.heldBytes, delivery.origin.arrivedBy)) {
      const reason = `Cannot deliver to "${this.address}": ${this.#queue.length} messages wait for it already`;
      this.#router.refuse(delivery, "WORKER_BUSY", this.address, reason);
      // With nothing in this queue it is the node that is full, and nothing here would end the wait.
      return this.#queue.length > 0 ? this.#room.wait() : undefined;
    }
    delivery.keep();
    if (!this.#busy) this.#planTurn();
    return this.#queue.isCongested ? this.#room.wait() : undefined;
  }

  #handle(delivery: Delivery): void {
    this.#router.delivered++;
    this.#router.depth++;
    this.#busy = true;
    let pending: unknown;
    try {
      pending = this.#handler(delivery);
    } catch (error) {
      this.#failed(delivery, error);
    } finally {
      this.#router.depth--;
    }
    if (isPromise(pending)) this.#waitFor(this.#settled(pending, delivery));
    else this.#busy = false;
  }

  async #settled(pending: PromiseLike<void>, delivery: Delivery): Promise<void> {
    try {
      await pending;
    } catch (error) {
      this.#failed(delivery, error);
    }
    await this.#patienceWith(delivery);
  }

  /** Whoever sent a message that was handled later is no longer there to wait for congestion further on: the worker does. */
  #patienceWith({ pushedBack }: Delivery): Promise<void> | undefined {
    if (pushedBack === undefined) return undefined;
    this.#patience ??= new Patience(this.#congestionPatienceMs);
    return this.#patience.waitFor(pushedBack);
  }

  #waitFor(pending: Promise<void>): void {
    this.#busy = true;
    this.#running = pending.then(() => {
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
      const delivery = this.#queue.shift();
      if (delivery !== undefined) this.#handleQueued(delivery);
      if (this.#queue.hasRoom) this.#room.open();
    }
    if (this.#handledInARow > 0) this.#planTurn();
  }

  #handleQueued(delivery: Delivery): void {
    this.#handle(delivery);
    if (this.#busy) return;
    const pushedBack = this.#patienceWith(delivery);
    if (pushedBack !== undefined) this.#waitFor(pushedBack);
  }

  #planTurn(): void {
    if (this.#turnIsPlanned) return;
    this.#turnIsPlanned = true;
    nextTurn(() => {
      this.#turnIsPlanned = false;
      this.#handledInARow = 0;
      if (!this.#busy && this.#queue.length > 0) this.#handleWaiting();
    });
  }

  async #close(why?: CulvertError): Promise<void> {
    this.#onState("gone", why);
    const reason = `Cannot deliver to "${this.address}": the worker was stopped`;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#router.refuse(next, "WORKER_NOT_FOUND", this.address, reason);
    }
    this.#room.open();
    if (this.#running !== undefined) await withinTimeout(this.#running, workerCloseTimeoutMs);
  }

  /** What went wrong is for the log of this node; the sender learns that it did. */
  #failed(delivery: Delivery, error: unknown): void {
    this.#report({ type: "handler-failed", worker: this.address, error });
    delivery.refuse("HANDLER_FAILED", `Cannot handle message at "${this.address}": the worker failed`);
  }
}

function isPromise(value: unknown): value is PromiseLike<void> {
  return (
    typeof value === "object" && value !== null && typeof (value as PromiseLike<void>).then === "function"
  );
}
