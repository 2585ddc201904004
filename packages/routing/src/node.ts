import type { Address, CulvertError, Exposure, Transport, WorkerHost } from "@x/core";
import type { NodeLimits } from "./limits.js";
import type { NodeReport } from "./report.js";
import type { NodeStats, TrafficStats } from "./stats.js";

/** How to make a node. */
export interface NodeOptions {
  /** Its name, for people. Default: a generated one. */
  readonly name?: string;
  /** How it reaches other nodes. Default: not at all. */
  readonly transports?: readonly Transport[];
  /** Limits that differ from {@link defaultNodeLimits}. */
  readonly limits?: Partial<NodeLimits>;
  /**
   * Says why no further connection may be accepted, beside the limits; nothing when one may. Its peer is told
   * CONNECTION_LIMIT_EXCEEDED. For what a node cannot know, such as a process that runs out of file descriptors.
   */
  readonly refusal?: () => string | undefined;
  /** Told what belongs in a log. */
  readonly onReport?: (report: NodeReport) => void;
  /** The time, in milliseconds since the epoch. Default `Date.now`; for tests. */
  readonly now?: () => number;
  /** A number from 0 to less than 1. Default `Math.random`; for tests. */
  readonly random?: () => number;
}

/** How to open a connection. */
export interface ConnectOptions {
  /** Dial again for ever when it is lost, under the same worker address. Default true. */
  readonly keep?: boolean;
  /** Wait for the first dial and fail with it. With false, `connect` returns at once and the state is `down` at first. Default true. */
  readonly wait?: boolean;
  /** The worker address of the connection, such as one it had before the node restarted. Default: a generated one. */
  readonly worker?: Address;
  /**
   * Lets what comes by it use workers of exposure `network`. Default false: a node that dials does not thereby open itself, and
   * the other end reaches only generated addresses that it was told.
   */
  readonly admit?: boolean;
  /** Gives up a connection that was not up yet. */
  readonly signal?: AbortSignal;
}

/** A place where a node accepts connections. */
export interface NodeListener extends AsyncDisposable {
  /** Where it listens, with the port the system chose: `tcp#127.0.0.1:41327`. */
  readonly address: Address;
  /** Stops accepting at once; the connections it accepted live on until `close`. Safe to call twice. */
  stopAccepting(): void;
  /** Stops accepting and closes the connections it accepted. Safe to call twice; bounded in time. */
  close(): Promise<void>;
}

/** A connection of a node. Its members tell the state of this moment. */
export interface NodeConnection extends AsyncDisposable {
  /** Sending to this address puts the rest of the message on the wire. It stays the same when the connection is dialled again. */
  readonly worker: Address;
  /** The other end: `tcp#127.0.0.1:7000`. */
  readonly remote: Address;
  /** This end; absent before the connection is first up. */
  readonly local: Address | undefined;
  readonly direction: "dialled" | "accepted";
  readonly state: "up" | "down";
  /** Since when it has this state, in milliseconds since the epoch. */
  readonly since: number;
  /** Attempts to open it since it was up; 0 while it is up. */
  readonly attempts: number;
  /** Why it was lost, or why the last attempt failed; absent when neither happened. */
  readonly lastFailure: CulvertError | undefined;
  /** When the next attempt follows, in milliseconds since the epoch; absent when none is planned. */
  readonly nextAttemptAt: number | undefined;
  /** What passed it so far, also over losses in between. */
  readonly traffic: TrafficStats;
  /** Closes it for good. Safe to call twice; bounded in time. */
  close(): Promise<void>;
}

/** A worker as a list of a node's workers shows it. */
export interface WorkerInfo {
  readonly address: Address;
  /** What it is, for people: `hop`, `relay`, `outlet`. */
  readonly type: string;
  readonly exposure: Exposure;
  /** Messages that wait for its handler. */
  readonly queued: number;
}

/** Hosts workers and routes messages between them and to other nodes. */
export interface Node extends WorkerHost, AsyncDisposable {
  /** Its name, for people. */
  readonly name: string;

  /**
   * The operator's host of this node: what it sends may dial transport hops, and reach workers of exposure `local`.
   * Give it routes of the operator only, never parts of a message. The node itself, as a host, has no such rights.
   */
  readonly own: WorkerHost;

  /**
   * Accepts connections from other nodes.
   *
   * @param address a transport hop such as `tcp#127.0.0.1:0`; port 0 lets the system choose
   * @throws CulvertError ADDRESS_INVALID, TRANSPORT_NOT_FOUND, TRANSPORT_FAILED, NODE_CLOSED, and what the transport's `listen` throws
   */
  listen(address: Address): Promise<NodeListener>;

  /**
   * Opens a connection to another node. It is not shared with others to the same place.
   *
   * @param address a transport hop such as `tcp#127.0.0.1:7000`
   * @throws CulvertError ADDRESS_INVALID, ADDRESS_TAKEN, TRANSPORT_NOT_FOUND, CONNECTION_LIMIT_EXCEEDED, NODE_CLOSED, ABORTED, and what
   * the transport's `dial` throws
   */
  connect(address: Address, options?: ConnectOptions): Promise<NodeConnection>;

  /** The workers started here. Connections have worker addresses too, and their own list. */
  workers(): readonly WorkerInfo[];

  /** All connections, dialled and accepted, those of transport hops included. */
  connections(): readonly NodeConnection[];

  /** The connection with that worker address; nothing when there is none. */
  connection(worker: Address): NodeConnection | undefined;

  /** Where the node listens. */
  listeners(): readonly NodeListener[];

  /** What passed so far, as plain numbers. */
  stats(): NodeStats;

  /** Closes workers, listeners and connections. Safe to call twice; takes 5 s at most. */
  close(): Promise<void>;
}
