import {
  type Address,
  type AddressState,
  type Connection,
  CulvertError,
  type Exposure,
  isCulvertError,
  type Release,
  type Transport,
} from "@x/core";
import type { Delivery } from "../delivery/delivery.js";
import { NodeOrigin } from "../delivery/node-origin.js";
import { Patience } from "../delivery/patience.js";
import type { Receiver } from "../delivery/receiver.js";
import type { Router } from "../delivery/router.js";
import type { Reporter } from "../report.js";
import { MessageReader } from "../wire/message-reader.js";
import { MessageWriter } from "../wire/message-writer.js";
import { asTransportError, close } from "./guarded-transport.js";
import type { Traffic } from "./traffic.js";

/** What the worker of a connection needs of its node. */
export interface ConnectionWorkerOptions {
  /** Its address. */
  readonly worker: Address;
  /** The other end, as a transport hop. */
  readonly remote: Address;
  readonly transport: Transport;
  readonly direction: "dialled" | "accepted";
  /** What comes by it may use workers of exposure `network`. */
  readonly admits: boolean;
  readonly router: Router;
  readonly report: Reporter;
  /** Longest wait for one congested receiver, in milliseconds. */
  readonly congestionPatienceMs: number;
}

/** Whom it tells about its connection. */
export interface ConnectionWorkerEvents {
  /** Takes a message while there is no connection. */
  readonly onUnconnected: (delivery: Delivery, hop: Address) => Promise<void> | undefined;
  /** Called once for each connection that ends, unless `detach` ended it. */
  readonly onLost: (reason: CulvertError | undefined) => void;
}

/** The worker a connection owns: what is sent to it goes on the wire, and what comes from the wire is routed. */
export class ConnectionWorker implements Receiver {
  /** Whoever was told the address of a connection may use it. */
  readonly exposure: Exposure = "network";
  readonly traffic: Traffic = { framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0 };
  readonly #options: ConnectionWorkerOptions;
  readonly isDialled: boolean;
  readonly #events: ConnectionWorkerEvents;
  readonly #reader: MessageReader;
  readonly #writer = new MessageWriter();
  readonly #patience: Patience;
  #connection: Connection | undefined;
  #room: Promise<void> | undefined;

  constructor(options: ConnectionWorkerOptions, events: ConnectionWorkerEvents) {
    const { router, worker, congestionPatienceMs, admits } = options;
    this.#options = options;
    this.isDialled = options.direction === "dialled";
    this.#events = events;
    this.#reader = new MessageReader(router, new NodeOrigin(router, admits ? "network" : "told", worker));
    this.#patience = new Patience(congestionPatienceMs);
  }

  /** Begins to use a connection. */
  attach(connection: Connection): void {
    this.#connection = connection;
    const isCurrent = (): boolean => connection === this.#connection;
    try {
      connection.start({
        onFrame: (frame, release) => (isCurrent() ? this.#receive(connection, frame, release) : undefined),
        onClose: (reason) => {
          if (isCurrent()) this.#lose(reason && asTransportError(reason));
        },
      });
    } catch (error) {
      if (isCurrent()) this.#reject(connection, asTransportError(error));
    }
  }

  /** Ends the use of the connection and closes it. */
  async detach(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#room = undefined;
    await close(connection);
  }

  get state(): AddressState {
    return this.#connection === undefined ? "down" : "up";
  }

  take(delivery: Delivery): Promise<void> | undefined {
    const hop = delivery.onwardRoute[0] ?? this.#options.worker;
    if (delivery.onwardRoute.length < 2) {
      const reason = `Cannot deliver to "${hop}": the route ends at a connection`;
      return this.#options.router.refuse(delivery, "ROUTE_ENDED", hop, reason);
    }
    if (this.#connection === undefined) return this.#events.onUnconnected(delivery, hop);
    return this.#send(this.#connection, delivery, hop);
  }

  #send(connection: Connection, delivery: Delivery, hop: Address): Promise<void> | undefined {
    try {
      const head = this.#writer.head(delivery);
      const bytes = head.length + delivery.size;
      const { maxFrameBytes } = this.#options.transport.capabilities;
      if (bytes > maxFrameBytes) throw tooLarge(bytes, hop, maxFrameBytes);
      const parts = delivery.parts === undefined ? [head, delivery.payload] : [head, ...delivery.parts];
      const room = connection.send(parts, delivery.release);
      this.traffic.framesOut++;
      this.traffic.bytesOut += bytes;
      return room === undefined ? undefined : this.#congested(room);
    } catch (error) {
      return this.#refuse(delivery, hop, error);
    }
  }

  #refuse(delivery: Delivery, hop: Address, error: unknown): Promise<void> | undefined {
    const { router } = this.#options;
    if (!isCulvertError(error)) {
      const reason = `Cannot send to "${hop}": transport failed`;
      return router.refuse(delivery, "TRANSPORT_FAILED", hop, reason);
    }
    switch (error.code) {
      case "CONNECTION_CLOSED":
        return router.refuse(delivery, "CONNECTION_DOWN", hop, `Cannot send to "${hop}": it is down`);
      case "CONNECTION_BUSY":
        router.refuse(delivery, "CONNECTION_BUSY", hop, error.message);
        return this.#room;
      case "FRAME_TOO_LARGE":
      case "MESSAGE_TOO_LARGE":
        return router.refuse(delivery, "MESSAGE_TOO_LARGE", hop, error.message);
      default:
        return router.fail(delivery, error, hop);
    }
  }

  /** One promise for each episode of congestion, however many the transport makes. It never rejects, whatever that one does. */
  #congested(room: Promise<void>): Promise<void> | undefined {
    if (this.#room !== undefined) return this.#room;
    if (typeof room?.then !== "function") return undefined;
    const open = (): void => {
      if (this.#room === safe) this.#room = undefined;
    };
    const safe: Promise<void> = Promise.resolve(room).then(open, open);
    this.#room = safe;
    return safe;
  }

  #receive(
    connection: Connection,
    frame: Uint8Array,
    release: Release | undefined,
  ): Promise<void> | undefined {
    this.traffic.framesIn++;
    let delivery: Delivery;
    try {
      delivery = this.#reader.read(frame, release);
    } catch (error) {
      this.#reject(connection, error);
      return undefined;
    }
    this.traffic.bytesIn += frame.length;
    const room = this.#options.router.arrive(delivery);
    return room === undefined ? undefined : this.#patience.waitFor(room);
  }

  #reject(connection: Connection, cause: unknown): void {
    const error = isCulvertError(cause)
      ? cause
      : new CulvertError("FRAME_INVALID", "Cannot read frame", { cause });
    const { worker, remote, report } = this.#options;
    report({ type: "frame-invalid", worker, remote, error });
    void close(connection);
    this.#lose(error);
  }

  #lose(reason: CulvertError | undefined): void {
    this.#connection = undefined;
    this.#room = undefined;
    this.#events.onLost(reason);
  }
}

function tooLarge(bytes: number, hop: Address, limit: number): CulvertError {
  const reason = `Cannot send frame of ${bytes} bytes to "${hop}": limit of this connection is ${limit} bytes`;
  return new CulvertError("MESSAGE_TOO_LARGE", reason);
}
