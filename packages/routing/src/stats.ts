import type { Address, ErrorCode } from "@x/core";
import type { Traffic } from "./connection/traffic.js";

/** What passed a node since it was made. */
export interface NodeStats {
  /** Messages handed to workers. */
  readonly delivered: number;
  /** Messages that could not be delivered, but for probes. */
  readonly refused: number;
  /** The same by the codes they were refused with. */
  readonly refusedByCode: ReadonlyMap<ErrorCode, number>;
  /** Messages that asked where a route ends and were refused, as they wanted to be. See PROTOCOL.md, "Probing". */
  readonly probes: number;
  /** What all queues hold now, in bytes. */
  readonly queuedBytes: number;
  /** Workers now. */
  readonly workers: number;
  /** Frames and bytes of all connections so far, closed ones included. */
  readonly total: TrafficStats;
  /** The connections of this moment. */
  readonly connections: readonly ConnectionStats[];
}

/** Frames and their bytes, headers included. */
export type TrafficStats = Readonly<Traffic>;

/** What passed one connection. */
export interface ConnectionStats extends TrafficStats {
  readonly worker: Address;
}
