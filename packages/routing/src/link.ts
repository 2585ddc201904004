import {
  type Address,
  type Connection,
  CulvertError,
  type Exposure,
  isCulvertError,
  type OutgoingMessage,
  type Release,
} from "@x/core";
import { FrameReader } from "./frame-reader.js";
import { FrameWriter } from "./frame-writer.js";
import { Patience } from "./patience.js";
import { frameParts, payloadBytes } from "./payload.js";
import type { Receiver } from "./receiver.js";
import type { Reporter } from "./report.js";
import type { Router } from "./router.js";

/** What a link needs of its node. */
export interface LinkOptions {
  /** The worker address of the connection. */
  readonly worker: Address;
  /** The other end, as a transport hop. */
  readonly remote: Address;
  readonly router: Router;
  readonly report: Reporter;
  /** Largest frame of the transport, in bytes. */
  readonly maxFrameBytes: number;
  /** Longest wait for one congested receiver, in milliseconds. */
  readonly congestionPatienceMs: number;
}

/** What passed a connection. */
export interface LinkCounters {
  framesIn: number;
  framesOut: number;
  bytesIn: number;
  bytesOut: number;
}

/** Whom a link tells about its connection. */
export interface LinkEvents {
  /** Takes a message while there is no connection. */
  readonly onUnconnected: (
    message: OutgoingMessage,
    hop: Address,
    hopCount: number,
  ) => Promise<void> | undefined;
  /** Called once for each connection that ends, unless `detach` ended it. */
  readonly onLost: (reason: CulvertError | undefined) => void;
}

/** The worker a connection owns: what is sent to it goes on the wire, and what comes from the wire is routed. */
export class Link implements Receiver {
  /** Whoever was told the address of a connection may use it. */
  readonly exposure: Exposure = "network";
  readonly counters: LinkCounters = { framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0 };
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  readonly #reader: FrameReader;
  readonly #writer = new FrameWriter();
  readonly #patience: Patience;
  #connection: Connection | undefined;
  #room: Promise<void> | undefined;

  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
    this.#reader = new FrameReader(options.worker);
    this.#patience = new Patience(options.congestionPatienceMs);
  }

  /** The connection, while there is one. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Begins to use a connection. */
  attach(connection: Connection): void {
    this.#connection = connection;
    connection.start({
      onFrame: (frame, release) =>
        connection === this.#connection ? this.#receive(connection, frame, release) : undefined,
      onClose: (reason) => {
        if (connection === this.#connection) this.#lose(reason);
      },
    });
  }

  /** Ends the use of the connection and closes it. */
  async detach(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#room = undefined;
    await connection?.close();
  }

  take(message: OutgoingMessage, hopCount: number): Promise<void> | undefined {
    const hop = message.onwardRoute[0] ?? this.#options.worker;
    if (message.onwardRoute.length < 2) {
      const reason = `Cannot deliver to "${hop}": the route ends at a connection`;
      return this.#options.router.refuse(message, "ROUTE_ENDED", hop, reason);
    }
    if (this.#connection === undefined) return this.#events.onUnconnected(message, hop, hopCount);
    return this.#send(this.#connection, message, hop, hopCount);
  }

  #send(
    connection: Connection,
    message: OutgoingMessage,
    hop: Address,
    hopCount: number,
  ): Promise<void> | undefined {
    try {
      const head = this.#head(message, hopCount);
      const bytes = head.length + payloadBytes(message.payload);
      if (bytes > this.#options.maxFrameBytes) throw this.#tooLarge(bytes, hop);
      const room = connection.send(frameParts(head, message.payload), message.release);
      this.counters.framesOut++;
      this.counters.bytesOut += bytes;
      return room === undefined ? undefined : this.#congested(room);
    } catch (error) {
      return this.#refuse(message, hop, error);
    }
  }

  #head(message: OutgoingMessage, hopCount: number): Uint8Array {
    const { onwardRoute, returnRoute = [], fields, refusal } = message;
    if (fields === undefined && refusal === undefined) {
      return this.#writer.head({ onwardRoute, returnRoute, hopCount });
    }
    return this.#writer.head({
      onwardRoute,
      returnRoute,
      hopCount,
      ...(fields !== undefined && { fields }),
      ...(refusal !== undefined && { refusal }),
    });
  }

  #tooLarge(bytes: number, hop: Address): CulvertError {
    const limit = this.#options.maxFrameBytes;
    const reason = `Cannot send frame of ${bytes} bytes to "${hop}": limit of this connection is ${limit} bytes`;
    return new CulvertError("MESSAGE_TOO_LARGE", reason);
  }

  #refuse(message: OutgoingMessage, hop: Address, error: unknown): Promise<void> | undefined {
    if (!isCulvertError(error)) {
      this.#options.router.refuse(
        message,
        "TRANSPORT_FAILED",
        hop,
        `Cannot send to "${hop}": transport failed`,
      );
      return undefined;
    }
    switch (error.code) {
      case "CONNECTION_CLOSED":
        return this.#options.router.refuse(
          message,
          "CONNECTION_DOWN",
          hop,
          `Cannot send to "${hop}": it is down`,
        );
      case "CONNECTION_BUSY":
        this.#options.router.refuse(message, "CONNECTION_BUSY", hop, error.message);
        return this.#room;
      case "FRAME_TOO_LARGE":
      case "MESSAGE_TOO_LARGE":
        return this.#options.router.refuse(message, "MESSAGE_TOO_LARGE", hop, error.message);
      default:
        return this.#options.router.fail(message, error, hop);
    }
  }

  /** One promise for each episode of congestion, however many the transport makes. */
  #congested(room: Promise<void>): Promise<void> {
    if (this.#room !== undefined) return this.#room;
    this.#room = room;
    void room.then(() => {
      if (this.#room === room) this.#room = undefined;
    });
    return room;
  }

  #receive(
    connection: Connection,
    frame: Uint8Array,
    release: Release | undefined,
  ): Promise<void> | undefined {
    this.counters.framesIn++;
    this.counters.bytesIn += frame.length;
    let message: ReturnType<FrameReader["read"]>;
    try {
      message = this.#reader.read(frame, release);
    } catch (error) {
      this.#reject(connection, error);
      return undefined;
    }
    const room = this.#options.router.arrive(message);
    return room === undefined ? undefined : this.#patience.waitFor(room);
  }

  #reject(connection: Connection, cause: unknown): void {
    const error = isCulvertError(cause)
      ? cause
      : new CulvertError("FRAME_INVALID", "Cannot read frame", { cause });
    const { worker, remote, report } = this.#options;
    report({ type: "frame-invalid", worker, remote, error });
    void connection.close();
    this.#lose(error);
  }

  #lose(reason: CulvertError | undefined): void {
    this.#connection = undefined;
    this.#room = undefined;
    this.#events.onLost(reason);
  }
}
