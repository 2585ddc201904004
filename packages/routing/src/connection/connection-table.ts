import {
  type Address,
  type AddressState,
  BackOff,
  type Connection,
  CulvertError,
  generateAddress,
  parseTransportHop,
  type Transport,
  transportHop,
} from "@x/core";
import type { Delivery } from "../delivery/delivery.js";
import type { Router } from "../delivery/router.js";
import type { Watchers } from "../delivery/watchers.js";
import type { NodeLimits } from "../limits.js";
import type { Reporter } from "../report.js";
import type { ConnectionStats } from "../stats.js";
import { MessageQueue, type QueueTotal } from "../worker/message-queue.js";
import { checkFree } from "../worker/worker-table.js";
import { checkConnection, close } from "./guarded-transport.js";
import { OwnedConnection, type OwnedConnectionOptions } from "./owned-connection.js";
import { addTraffic, type Traffic } from "./traffic.js";

/** What the connections of a node share. */
export interface ConnectionTableOptions {
  readonly router: Router;
  readonly watchers: Watchers;
  readonly report: Reporter;
  readonly limits: NodeLimits;
  readonly queueTotal: QueueTotal;
  readonly transports: ReadonlyMap<string, Transport>;
  readonly now: () => number;
  readonly random: () => number;
}

/** How to dial a connection. */
export interface DialOptions {
  /** The worker address of the connection. */
  readonly worker?: Address;
  /** Whether what comes by it may use workers of exposure `network`. */
  readonly admits: boolean;
  /** Says whether to dial again, given for how many milliseconds it is down; absent when it was never up. */
  readonly isKept: (downForMs: number | undefined) => boolean;
}

/** The connections of a node: dialled for a caller, dialled for a transport hop, or accepted. */
export class ConnectionTable {
  /** What closed connections carried. */
  readonly #past: Traffic = { framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0 };
  readonly #options: ConnectionTableOptions;
  readonly #connections = new Map<Address, OwnedConnection>();
  /** Connections that serve a transport hop, by that hop. */
  readonly #hops = new Map<Address, OwnedConnection>();
  #accepted = 0;

  constructor(options: ConnectionTableOptions) {
    this.#options = options;
  }

  /** All of them. */
  list(): readonly OwnedConnection[] {
    return [...this.#connections.values()];
  }

  /** The one with that worker address. */
  find(worker: Address): OwnedConnection | undefined {
    return this.#connections.get(worker);
  }

  /** The state of a connection's worker address or of a transport hop; absent when there is no such connection. */
  stateOf(address: Address): AddressState | undefined {
    return (this.#connections.get(address) ?? this.#hops.get(address))?.state;
  }

  /** What each connection carried, and all together. */
  stats(): { total: Traffic; connections: ConnectionStats[] } {
    const total = { ...this.#past };
    const connections = this.list().map(({ worker, receiver }) => {
      addTraffic(total, receiver.traffic);
      return { worker, ...receiver.traffic };
    });
    return { total, connections };
  }

  /**
   * The transport a hop names, and the place behind it.
   *
   * @throws CulvertError ADDRESS_INVALID, TRANSPORT_NOT_FOUND
   */
  resolve(hop: Address): { transport: Transport; where: string } {
    const { transport: name, where } = parseTransportHop(hop);
    const transport = this.#options.transports.get(name);
    if (transport !== undefined) return { transport, where };
    const known = [...this.#options.transports.keys()].join(", ") || "none";
    throw new CulvertError(
      "TRANSPORT_NOT_FOUND",
      `Cannot use "${hop}": this node has no transport "${name}" (it has: ${known})`,
    );
  }

  /**
   * Makes a connection that is yet to be dialled.
   *
   * @throws CulvertError ADDRESS_INVALID, ADDRESS_TAKEN, TRANSPORT_NOT_FOUND, CONNECTION_LIMIT_EXCEEDED
   */
  add(hop: Address, options: DialOptions): OwnedConnection {
    const { transport, where } = this.resolve(hop);
    const { router, limits, random } = this.#options;
    const worker = checkFree(router, options.worker ?? generateAddress());
    const dialled = this.#connections.size - this.#accepted;
    if (dialled >= limits.maxDialledConnections) {
      const limit = `limit of this node is ${limits.maxDialledConnections} dialled connections`;
      throw new CulvertError("CONNECTION_LIMIT_EXCEEDED", `Cannot dial "${hop}": ${limit}`);
    }
    const connection = new OwnedConnection(this.#common(worker, hop, transport, "dialled", options.admits), {
      where,
      backOff: new BackOff(limits.redialBaseMs, limits.redialCapMs, random),
      stableMs: limits.redialStableMs,
      timeoutMs: limits.dialTimeoutMs,
      waiting: this.#waiting((delivery) => {
        const reason = `Cannot send to "${worker}": it is being dialled, and the message gives way to one of a sender with fewer that wait`;
        router.refuse(delivery, "CONNECTION_BUSY", worker, reason);
      }),
      isKept: options.isKept,
    });
    this.#insert(connection);
    return connection;
  }

  /**
   * The connection that serves a transport hop, dialled if there is none yet.
   *
   * @throws CulvertError ADDRESS_INVALID, TRANSPORT_NOT_FOUND, CONNECTION_LIMIT_EXCEEDED
   */
  forHop(hop: Address): OwnedConnection {
    const known = this.#hops.get(hop);
    if (known !== undefined) return known;
    const connection = this.add(hop, {
      admits: false,
      isKept: (downForMs) => this.#isHopKept(hop, downForMs),
    });
    this.#hops.set(hop, connection);
    void connection.dial();
    return connection;
  }

  /** Lets go of a transport hop that nobody watches any more and that is not up. */
  release(hop: Address): void {
    const connection = this.#hops.get(hop);
    if (connection === undefined || this.#options.watchers.has(hop)) return;
    if (connection.state === "down" && connection.nextAttemptAt !== undefined) void connection.close();
  }

  /** Why no further connection may be accepted; nothing when one may. */
  refusal(): string | undefined {
    const { maxAcceptedConnections } = this.#options.limits;
    if (this.#accepted < maxAcceptedConnections) return undefined;
    return `this node has its limit of ${maxAcceptedConnections} accepted connections`;
  }

  /**
   * Takes a connection that a listener accepted, or turns it away when there are too many.
   *
   * @throws CulvertError TRANSPORT_FAILED when it is no connection
   */
  accept(transport: Transport, given: Connection): void {
    const { limits, report } = this.#options;
    const accepted = checkConnection(transport, given);
    const remote = transportHop(transport.name, accepted.remoteWhere);
    if (this.#accepted >= limits.maxAcceptedConnections) {
      report({ type: "connection-refused", remote, limit: limits.maxAcceptedConnections });
      return void close(accepted);
    }
    const connection = new OwnedConnection(
      this.#common(generateAddress(), remote, transport, "accepted", true),
    );
    this.#accepted++;
    this.#insert(connection);
    connection.attach(accepted);
  }

  /** Closes all of them. */
  async close(): Promise<void> {
    await Promise.all(this.list().map((connection) => connection.close()));
  }

  #isHopKept(hop: Address, downForMs: number | undefined): boolean {
    if (this.#options.watchers.has(hop)) return true;
    return downForMs !== undefined && downForMs < this.#options.limits.unwatchedRedialMs;
  }

  #common(
    worker: Address,
    remote: Address,
    transport: Transport,
    direction: "dialled" | "accepted",
    admits: boolean,
  ): OwnedConnectionOptions {
    const { router, report, limits, now } = this.#options;
    return {
      worker,
      remote,
      transport,
      direction,
      admits,
      router,
      report,
      now,
      congestionPatienceMs: limits.congestionPatienceMs,
      onState: (state) => this.#stateChanged(worker, state),
    };
  }

  #waiting(onGivenBack: (delivery: Delivery) => void): MessageQueue<Delivery> {
    const { maxQueuedMessages: maxMessages, maxQueuedBytes: maxBytes } = this.#options.limits;
    return new MessageQueue({ maxMessages, maxBytes }, this.#options.queueTotal, onGivenBack);
  }

  #insert(connection: OwnedConnection): void {
    this.#connections.set(connection.worker, connection);
    this.#options.router.receivers.set(connection.worker, connection.receiver);
  }

  #stateChanged(worker: Address, state: AddressState): void {
    const connection = this.#connections.get(worker);
    if (connection === undefined) return;
    const isHop = this.#hops.get(connection.remote) === connection;
    if (state === "gone") this.#remove(connection, isHop);
    this.#options.watchers.tell(worker, state);
    if (isHop) this.#options.watchers.tell(connection.remote, state);
  }

  #remove(connection: OwnedConnection, isHop: boolean): void {
    this.#connections.delete(connection.worker);
    this.#options.router.receivers.delete(connection.worker);
    if (isHop) this.#hops.delete(connection.remote);
    if (connection.direction === "accepted") this.#accepted--;
    addTraffic(this.#past, connection.receiver.traffic);
  }
}
