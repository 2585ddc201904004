import type { Nothing, OperationTypes } from "../runtime/operation-types.js";

/** What passed a node since its process started. */
export interface NodeTraffic {
  /** How long the process has run, in milliseconds. */
  readonly uptime_ms: number;
  /** Bytes that came in over connections of the node, headers included. */
  readonly bytes_in: number;
  readonly bytes_out: number;
  /** Messages handed to workers of the node. */
  readonly messages_delivered: number;
  /** Messages that could not be delivered. */
  readonly messages_refused: number;
  /** What all queues hold now, in bytes. */
  readonly queued_bytes: number;
  /** Streams open on inlets and outlets now. */
  readonly open_streams: number;
}

/** What can be asked of a node over its control socket: the operations of its runtime, and those of its process. */
export interface ControlOperationTypes extends OperationTypes {
  "node.traffic": { params: Nothing; result: NodeTraffic };
}

/** The name of an operation: `relay.create`. */
export type ControlOperationName = keyof ControlOperationTypes;
