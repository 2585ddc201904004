import {
  type Address,
  type AddressState,
  type BackOff,
  type Connection,
  CulvertError,
  isCulvertError,
  transportHop,
} from "@x/core";
import type { Delivery } from "../delivery/delivery.js";
import { Room } from "../delivery/room.js";
import type { NodeConnection } from "../node.js";
import type { MessageQueue } from "../worker/message-queue.js";
import { ConnectionWorker, type ConnectionWorkerOptions } from "./connection-worker.js";
import { Dialler } from "./dialler.js";
import { dialOnce } from "./guarded-transport.js";
import type { Traffic } from "./traffic.js";

/** What a connection of a node needs of that node. */
export interface OwnedConnectionOptions extends ConnectionWorkerOptions {
  readonly now: () => number;
  /** Told when the state changes; `gone` comes last. */
  readonly onState: (state: AddressState) => void;
}

/** What a dialled connection needs beside that. */
export interface DialOwnOptions {
  /** What the transport dials. */
  readonly where: string;
  readonly backOff: BackOff;
  /** How long it must live before its loss starts again at the base delay, in milliseconds. */
  readonly stableMs: number;
  /** Longest time one attempt may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Messages that wait for the first dial. */
  readonly waiting: MessageQueue<Delivery>;
  /** Says whether to dial again, given how long it is down; absent when it was never up. */
  readonly isKept: (downForMs: number | undefined) => boolean;
}

/** One connection of a node, from the first dial or the accepting until it is closed: also over losses in between. */
export class OwnedConnection implements NodeConnection {
  /** Takes what is sent by the connection. */
  readonly receiver: ConnectionWorker;
  state: "up" | "down" = "down";
  since: number;
  lastFailure: CulvertError | undefined;
  local: Address | undefined;
  readonly #options: OwnedConnectionOptions;
  readonly #dial: DialOwnOptions | undefined;
  readonly #dialler: Dialler | undefined;
  /** Opens when the first dial is over. */
  readonly #firstDial = new Room();
  #firstDialIsOver = false;
  #downSince: number | undefined;
  #closed: Promise<void> | undefined;

  /** @param dial absent for an accepted connection */
  constructor(options: OwnedConnectionOptions, dial?: DialOwnOptions) {
    this.#options = options;
    this.#dial = dial;
    this.since = options.now();
    this.#dialler = dial && this.#makeDialler(dial);
    this.receiver = new ConnectionWorker(options, {
      onUnconnected: (delivery, hop) => this.#takeUnconnected(delivery, hop),
      onLost: (reason) => this.#lost(reason),
    });
  }

  get worker(): Address {
    return this.#options.worker;
  }

  get remote(): Address {
    return this.#options.remote;
  }

  get direction(): "dialled" | "accepted" {
    return this.#options.direction;
  }

  get attempts(): number {
    return this.#dialler?.attempts ?? 0;
  }

  get nextAttemptAt(): number | undefined {
    return this.#dialler?.nextAttemptAt;
  }

  get traffic(): Readonly<Traffic> {
    return this.receiver.traffic;
  }

  /** It is closed for good. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Begins to dial. Resolves when the first attempt is over, whatever came of it. */
  dial(): Promise<void> {
    this.#dialler?.dialNow();
    return this.#firstDialIsOver ? Promise.resolve() : this.#firstDial.wait();
  }

  /** Begins to use a connection that was dialled or accepted. */
  attach(connection: Connection): void {
    const { transport, worker, remote, direction, now, report, onState } = this.#options;
    this.state = "up";
    this.since = now();
    this.#downSince = undefined;
    this.local = transportHop(transport.name, connection.localWhere);
    report({ type: "connection-up", worker, remote, direction });
    this.receiver.attach(connection);
    this.#endFirstDial();
    if (this.state === "up") onState("up");
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #makeDialler(dial: DialOwnOptions): Dialler {
    return new Dialler({
      dial: (signal) => dialOnce(this.#options.transport, dial.where, signal, dial.timeoutMs),
      backOff: dial.backOff,
      now: this.#options.now,
      onConnection: (connection) => this.attach(connection),
      onFailure: (error) => this.#dialFailed(error, dial),
    });
  }

  #dialFailed(error: CulvertError, dial: DialOwnOptions): void {
    this.lastFailure = error;
    const { now, worker, remote, report } = this.#options;
    const downForMs = this.#downSince === undefined ? undefined : now() - this.#downSince;
    const isKept = dial.isKept(downForMs);
    if (isKept) this.#dialler?.dialLater();
    const { attempts, nextAttemptAt } = this;
    const plan = nextAttemptAt === undefined ? {} : { nextAttemptAt };
    report({ type: "dial-failed", worker, remote, error, attempts, ...plan });
    this.#endFirstDial();
    if (!isKept) void this.close();
  }

  #lost(reason: CulvertError | undefined): void {
    const { now, worker, remote, report, onState } = this.#options;
    const upForMs = now() - this.since;
    this.state = "down";
    this.since = now();
    this.#downSince = this.since;
    if (reason !== undefined) this.lastFailure = reason;
    const isKept = this.#dial?.isKept(0) ?? false;
    report({
      type: "connection-lost",
      worker,
      remote,
      kept: isKept,
      ...(reason !== undefined && { reason }),
    });
    if (!isKept) return void this.close();
    if (upForMs >= (this.#dial?.stableMs ?? 0)) this.#dialler?.resetBackOff();
    this.#dialler?.dialLater();
    onState("down");
  }

  #takeUnconnected(delivery: Delivery, hop: Address): Promise<void> | undefined {
    if (this.#firstDialIsOver || this.#dial === undefined) return this.#refuseDown(delivery, hop);
    if (this.#dial.waiting.push(delivery, delivery.heldBytes, delivery.origin.arrivedBy)) {
      delivery.keep();
      return this.#firstDial.wait();
    }
    const reason = `Cannot send to "${hop}": it is being dialled, and too many messages wait already`;
    this.#options.router.refuse(delivery, "CONNECTION_BUSY", hop, reason);
    return this.#firstDial.wait();
  }

  #refuseDown(delivery: Delivery, hop: Address): undefined {
    const isOurs = delivery.origin.arrivedBy === undefined;
    const why = this.lastFailure === undefined ? "" : ` (${this.lastFailure.message})`;
    // Whom this node talks to, and why it cannot, is nothing for the network.
    const what = isOurs ? `its connection to ${this.remote} is down${why}` : "it is down";
    const reason = `Cannot send to "${hop}": ${what}`;
    return this.#options.router.refuse(delivery, "CONNECTION_DOWN", hop, reason);
  }

  /** Sends what waited for the first dial, or refuses it with what became of that. */
  #endFirstDial(): void {
    if (this.#firstDialIsOver) return;
    this.#firstDialIsOver = true;
    this.#settleWaiting();
    this.#firstDial.open();
  }

  #settleWaiting(): void {
    const queue = this.#dial?.waiting;
    for (let next = queue?.shift(); next !== undefined; next = queue?.shift()) {
      if (this.state === "up") this.#sendWaiting(next);
      else
        this.#refuse(next, this.lastFailure ?? new CulvertError("CONNECTION_DOWN", "Connection was closed"));
    }
  }

  #sendWaiting(delivery: Delivery): void {
    try {
      void this.receiver.take(delivery);
    } catch (error) {
      // The sender is long past its call of `send`, so a refusal has to tell it.
      if (!isCulvertError(error)) throw error;
      this.#refuse(delivery, error);
    }
  }

  #refuse(delivery: Delivery, error: CulvertError): void {
    this.#options.router.refuse(delivery, error.code, delivery.onwardRoute[0] ?? "", error.message);
  }

  async #close(): Promise<void> {
    this.#dialler?.stop();
    const wasUp = this.state === "up";
    this.state = "down";
    if (wasUp) this.since = this.#options.now();
    this.#endFirstDial();
    this.#options.onState("gone");
    await this.receiver.detach();
  }
}
