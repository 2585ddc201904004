import type { Route } from "@x/core";
import type {
  ConnectionView,
  InletView,
  NodeView,
  OutletDetail,
  OutletListing,
  OutletView,
  RelayDetail,
  RelayView,
  ServiceView,
  TraceView,
  TransportView,
  WorkerView,
} from "./views.js";

/** No parameters. */
export type Nothing = Readonly<Record<string, never>>;

/** A route: the hops, and the text the user wrote. */
export interface RouteParam {
  readonly hops: Route;
  readonly text: string;
}

/** Names one thing of a node. */
export interface NameParam {
  readonly name: string;
}

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

/** Parameters of `relay.create`. */
export interface RelayParams {
  readonly name: string;
  /** The route to the node that shall host the relay. */
  readonly at: RouteParam;
  /** Longest wait for the relay to be up, in milliseconds. It is made either way. */
  readonly waitMs: number;
}

/** Parameters of `tcp-inlet.create`. */
export interface InletParams {
  /** Default: two random words. */
  readonly alias?: string;
  /** Where to listen: `127.0.0.1:6000`; port 0 lets the system choose. */
  readonly listen: string;
  /** Routes to the outlet, the preferred first. */
  readonly routes: readonly RouteParam[];
  /** Longest wait for a route to be up, in milliseconds. The inlet is made either way. */
  readonly waitMs: number;
  readonly settings: InletSettings;
}

/** How inlets and outlets treat their local sockets. What is absent is as `@x/portal-tcp` has it. */
export interface SocketSettings {
  /** Most streams at a time. */
  readonly maxStreams?: number;
  /** Sends small writes at once. */
  readonly noDelay?: boolean;
  /** Lets the system find out that the other side is gone. */
  readonly keepAlive?: boolean;
}

/** How an outlet treats its target. */
export interface OutletSettings extends SocketSettings {
  /** Longest wait for the target to accept, in milliseconds. */
  readonly connectTimeoutMs?: number;
  /** The header that tells the target about each visitor. */
  readonly proxyProtocol?: "v1" | "v2";
}

/** Parameters of `tcp-outlet.create`. */
export interface OutletParams {
  readonly to: string;
  /** Default: `outlet`, or two random words. */
  readonly address?: string;
  readonly settings?: OutletSettings;
}

/** How an inlet treats its visitors and routes; times in milliseconds. */
export interface InletSettings extends SocketSettings {
  /** Longest wait of a visitor for a route that is down. */
  readonly connectionWaitMs: number;
  /** Longest pause between looks for an outlet that is down. A visitor has the inlet look at once. */
  readonly retryWaitMs: number;
  /** Longest wait for an answer from the outlet to a new stream. */
  readonly timeoutMs: number;
  /** Longest wait for an answer to a probe of a route. */
  readonly pingTimeoutMs: number;
  /** Silence after which a stream is reset. */
  readonly idleTimeoutMs?: number;
  /** Visitors that are let in: addresses and networks. */
  readonly allow?: readonly string[];
}

/** What can be asked of a node: the parameters and the result of each operation, all plain JSON. */
export interface OperationTypes {
  "node.show": { params: Nothing; result: NodeView };
  "service.start": { params: { type: "hop"; address: string }; result: ServiceView };
  "service.list": { params: Nothing; result: readonly ServiceView[] };
  "worker.list": { params: Nothing; result: readonly WorkerView[] };
  "message.send": { params: SendParams; result: { payload: string } };
  "route.trace": { params: TraceParams; result: TraceView };
  "tcp-connection.create": { params: { to: string }; result: ConnectionView };
  "tcp-connection.list": { params: Nothing; result: readonly ConnectionView[] };
  "tcp-connection.show": { params: NameParam; result: ConnectionView | readonly [] };
  "tcp-connection.delete": { params: NameParam; result: { address: string } | readonly [] };
  "udp-connection.create": { params: { to: string }; result: ConnectionView };
  "udp-connection.list": { params: Nothing; result: readonly ConnectionView[] };
  "udp-connection.show": { params: NameParam; result: ConnectionView | readonly [] };
  "udp-connection.delete": { params: NameParam; result: { address: string } | readonly [] };
  "tcp-listener.create": { params: { where: string }; result: TransportView };
  "tcp-listener.list": { params: Nothing; result: readonly TransportView[] };
  "tcp-listener.show": { params: NameParam; result: TransportView | readonly [] };
  "tcp-listener.delete": { params: NameParam; result: { address: string } | readonly [] };
  "udp-listener.create": { params: { where: string }; result: TransportView };
  "udp-listener.list": { params: Nothing; result: readonly TransportView[] };
  "udp-listener.show": { params: NameParam; result: TransportView | readonly [] };
  "udp-listener.delete": { params: NameParam; result: { address: string } | readonly [] };
  "relay.create": { params: RelayParams; result: RelayView };
  "relay.list": { params: Nothing; result: readonly RelayView[] };
  "relay.show": { params: NameParam; result: RelayDetail | readonly [] };
  "relay.delete": { params: NameParam; result: { name: string } | readonly [] };
  "tcp-outlet.create": { params: OutletParams; result: OutletView };
  "tcp-outlet.list": { params: Nothing; result: readonly OutletListing[] };
  "tcp-outlet.show": { params: NameParam; result: OutletDetail | readonly [] };
  "tcp-outlet.delete": { params: NameParam; result: OutletListing | readonly [] };
  "tcp-inlet.create": { params: InletParams; result: InletView };
  "tcp-inlet.list": { params: Nothing; result: readonly InletView[] };
  "tcp-inlet.show": { params: NameParam; result: InletView | readonly [] };
  "tcp-inlet.delete": { params: NameParam; result: InletView | readonly [] };
}

/** The name of an operation: `relay.create`. */
export type OperationName = keyof OperationTypes;

/** What the caller of an operation gives beside its parameters. */
export interface OperationContext {
  /** Gives up what the operation waits for. */
  readonly signal?: AbortSignal;
}

/** Runs one operation. Checks `params`, which come from outside. */
export type Operation<Result = unknown> = (params: unknown, context?: OperationContext) => Promise<Result>;

/** Every operation of a node by name. */
export type Operations = { readonly [Name in OperationName]: Operation<OperationTypes[Name]["result"]> };
