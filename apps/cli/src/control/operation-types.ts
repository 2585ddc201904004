import type { Route } from "@x/core";
import type { KeptEvents } from "../events/event-log.js";
import type { MemberView, TicketParams, TicketView } from "../runtime/trust/node-authority.js";
import type { NodeView, TraceView, WorkerView } from "../runtime/views.js";

/** No parameters. */
export type Nothing = Readonly<Record<string, never>>;

/** Parameters of `message.send`. */
export interface SendParams {
  readonly route: Route;
  /** The payload in base64. */
  readonly payload: string;
  readonly timeoutMs: number;
}

/** Parameters of `route.trace`. */
export interface TraceParams {
  readonly route: Route;
  /** Longest wait for one hop, in milliseconds. */
  readonly timeoutMs: number;
}

/** Parameters of `pipe.open`. */
export interface PipeParams {
  readonly route: Route;
  /** Longest wait for the outlet's answer, in milliseconds. */
  readonly timeoutMs: number;
}

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

/**
 * What can be asked of a node over its control socket, beside the operations that follow from `src/resources`: the parameters
 * and the result of each operation, all plain JSON.
 */
export interface ControlOperationTypes {
  "node.show": { params: Nothing; result: NodeView };
  /** The transport hops of its listeners that are up, the one to take first. */
  "node.addresses": { params: Nothing; result: readonly string[] };
  "node.traffic": { params: Nothing; result: NodeTraffic };
  "member.list": { params: Nothing; result: readonly MemberView[] };
  /** Of an authority without members the answer is an empty list. */
  "member.delete": { params: { readonly name: string }; result: MemberView | readonly [] };
  "ticket.create": { params: TicketParams; result: TicketView };
  /** What happened after the first `after` events, as far as it is kept. */
  "events.list": { params: { readonly after: number }; result: KeptEvents };
  "worker.list": { params: Nothing; result: readonly WorkerView[] };
  "message.send": { params: SendParams; result: { payload: string } };
  /** An address at which one stream is taken and led on along the route. */
  "pipe.open": { params: PipeParams; result: { readonly address: string } };
  "route.trace": { params: TraceParams; result: TraceView };
}

/** The name of an operation: `route.trace`. */
export type ControlOperationName = keyof ControlOperationTypes;
