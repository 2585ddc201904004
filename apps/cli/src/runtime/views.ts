import type { ErrorCode } from "@x/core";

/** What an operation tells of a service. */
export interface ServiceView {
  readonly addr: string;
  /** What it does: `hop`, `echo`, `uppercase`, `relay`. */
  readonly type: string;
}

/** What an operation tells of a worker. */
export interface WorkerView {
  readonly addr: string;
  readonly type: string;
  /** Who may send to it: `local` or `network`. */
  readonly exposure: string;
  /** Messages that wait for it. */
  readonly queued: number;
}

/** Whether something works now. */
export type Status = "Up" | "Down";

/** How long something is in its state, and what is done about it while it is down. */
export interface HealthView {
  /** Since when it has its status: `2026-01-31T12:00:00.000Z`. */
  readonly since: string;
  /** Attempts to get it up since it is down; 0 while it is up. */
  readonly attempts: number;
  /** When the next attempt follows, like `since`; null when none is planned. */
  readonly next_attempt_at: string | null;
}

/** What an operation tells of a listener or a connection of a transport. */
export interface TransportView {
  /** `tcp` or `udp`. */
  readonly type: string;
  readonly mode: "listening" | "outgoing" | "incoming";
  /** `127.0.0.1:7000`; of a connection, its other end. */
  readonly socket_addr: string;
  /** `/worker/<32 hex>`, or `<none>`. */
  readonly worker_addr: string;
  readonly processor_address: string;
  readonly flow_control_id: string;
  readonly status: Status;
  /** Why it is down; null when it never was. */
  readonly last_failure: string | null;
}

/** What an operation tells of a connection. */
export interface ConnectionView extends TransportView, HealthView {
  /** The node it belongs to. */
  readonly from: string;
  /** Its other end: `127.0.0.1:7000`. */
  readonly to: string;
  /** `/worker/<32 hex>` */
  readonly address: string;
}

/** What an operation tells of a relay in lists and when it was made. */
export interface RelayView extends HealthView {
  /** The hops by which its node reaches it: `0#<32 hex> => 0#forward_to_n3`. */
  readonly forwarding_route: string;
  /** `forward_to_n3` */
  readonly remote_address: string;
  /** The worker that receives what the relay forwards: `/service/<32 hex>`. */
  readonly worker_address: string;
  readonly flow_control_id: string;
  readonly connection_status: Status;
  /** The route to the node that hosts it: `/node/n2`. */
  readonly destination_address: string;
  readonly name: string;
  readonly last_failure: string | null;
}

/** What an operation tells of one relay. */
export interface RelayDetail extends HealthView {
  readonly name: string;
  readonly destination: string;
  readonly connection_status: Status;
  readonly relay_route: string;
  /** `/service/forward_to_n3` */
  readonly remote_address: string;
  readonly worker_address: string;
  readonly last_failure: string | null;
}

/** What an operation tells of an outlet. */
export interface OutletView {
  /** `127.0.0.1:9000` */
  readonly to: string;
  /** `/service/outlet` */
  readonly worker_addr: string;
}

/** What an operation tells of an outlet in lists. */
export interface OutletListing {
  readonly from: string;
  readonly to: string;
}

/** What an operation tells of one outlet. */
export interface OutletDetail {
  readonly node_name: string;
  readonly worker_address: string;
  readonly to: string;
}

/** What an operation tells of an inlet. */
export interface InletView extends HealthView {
  /** `127.0.0.1:6000` */
  readonly bind_addr: string;
  /** `/service/<32 hex>` */
  readonly worker_addr: string;
  readonly alias: string;
  /** The hops in use, `0#<32 hex> => 0#outlet`; null while none works. */
  readonly outlet_route: string | null;
  readonly status: Status;
  /** The route as it was given: `/node/n2/service/outlet`. */
  readonly outlet_addr: string;
  readonly last_failure: string | null;
}

/** What an operation tells of one hop of a route. */
export interface TraceHop {
  /** The hop as the node knows it: `tcp#127.0.0.1:7000`, `forward_to_n3`. */
  readonly hop: string;
  /**
   * `ok`: it passes messages on. `present`: it is there and open, and was not given a message. `failed`: it did not answer, or refused.
   * `unknown`: it was not asked, because a hop before it failed.
   */
  readonly status: "ok" | "present" | "failed" | "unknown";
  /** From this node to the hop and back, in milliseconds. */
  readonly rtt_ms: number | null;
  readonly error: string | null;
}

/** What an operation tells of a route. */
export interface TraceView {
  readonly hops: readonly TraceHop[];
  /** Why the route does not work; null when it does. */
  readonly failure: { readonly code: ErrorCode; readonly message: string; readonly hop: string } | null;
}

/** What an operation tells of a node. */
export interface NodeView {
  readonly name: string;
  readonly route: { readonly short: string; readonly verbose: string | null };
  readonly transports: readonly TransportView[];
  readonly inlets: readonly InletView[];
  readonly outlets: readonly OutletView[];
  readonly relays: readonly RelayView[];
  readonly services: readonly ServiceView[];
}
