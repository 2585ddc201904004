import {
  type Address,
  type AddressState,
  type Connection,
  CulvertError,
  type OutgoingMessage,
  type Transport,
  transportHop,
} from "@x/core";
import type { BackOff } from "./back-off.js";
import { Dialler } from "./dialler.js";
import { Link, type LinkOptions } from "./link.js";
import type { MessageQueue } from "./message-queue.js";
import type { NodeConnection } from "./node.js";
import { payloadBytes } from "./payload.js";
import { Room } from "./room.js";

/** A message that waits for the first dial. */
export interface WaitingMessage {
  readonly message: OutgoingMessage;
  readonly hop: Address;
  readonly hopCount: number;
}

/** What a connection of a node needs of that node. */
export interface OwnedConnectionOptions extends LinkOptions {
  readonly transport: Transport;
  readonly direction: "dialled" | "accepted";
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
  /** Messages that wait for the first dial. */
  readonly waiting: MessageQueue<WaitingMessage>;
  /** Says whether to dial again, given how long it is down; absent when it was never up. */
  readonly isKept: (downForMs: number | undefined) => boolean;
}

/** One connection of a node, from the first dial or the accepting until it is closed: also over losses in between. */
export class OwnedConnection implements NodeConnection {
  readonly link: Link;
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
    this.link = new Link(options, {
      onUnconnected: (message, hop, hopCount) => this.#takeUnconnected({ message, hop, hopCount }),
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
    this.link.attach(connection);
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
      dial: (signal) => this.#options.transport.dial(dial.where, { signal }),
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

  #takeUnconnected(waiting: WaitingMessage): Promise<void> | undefined {
    const { message, hop } = waiting;
    if (this.#firstDialIsOver || this.#dial === undefined) return this.#refuseDown(message, hop);
    if (this.#dial.waiting.push(waiting, payloadBytes(message.payload))) return this.#firstDial.wait();
    const reason = `Cannot send to "${hop}": it is being dialled, and too many messages wait already`;
    this.#options.router.refuse(message, "CONNECTION_BUSY", hop, reason);
    return this.#firstDial.wait();
  }

  #refuseDown(message: OutgoingMessage, hop: Address): undefined {
    const why = this.lastFailure === undefined ? "" : ` (${this.lastFailure.message})`;
    const reason = `Cannot send to "${hop}": its connection to ${this.remote} is down${why}`;
    return this.#options.router.refuse(message, "CONNECTION_DOWN", hop, reason);
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

  #sendWaiting(waiting: WaitingMessage): void {
    try {
      void this.link.take(waiting.message, waiting.hopCount);
    } catch (error) {
      // The sender is long past its call of `send`, so a refusal has to tell it.
      if (!(error instanceof CulvertError)) throw error;
      this.#refuse(waiting, error);
    }
  }

  #refuse({ message, hop }: WaitingMessage, error: CulvertError): void {
    this.#options.router.refuse(message, error.code, hop, error.message);
  }

  async #close(): Promise<void> {
    this.#dialler?.stop();
    const wasUp = this.state === "up";
    this.state = "down";
    if (wasUp) this.since = this.#options.now();
    this.#endFirstDial();
    this.#options.onState("gone");
    await this.link.detach();
  }
}
