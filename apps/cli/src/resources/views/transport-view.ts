import type { FailureView } from "../../runtime/routes/failure-view.js";
import type { HealthView, Status } from "./health.js";

/** What an operation tells of a listener or a connection of a transport. */
export interface TransportView extends FailureView {
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
}

/** What an operation tells of a connection. */
export interface ConnectionView extends TransportView, HealthView {
  /** The node it belongs to. */
  readonly from: string;
  /** Its other end: `127.0.0.1:7000`. */
  readonly to: string;
  /** `/worker/<32 hex>` */
  readonly address: string;
  /** What passed it, headers included. */
  readonly traffic: { readonly bytes_in: number; readonly bytes_out: number };
}

/** One of them in one line. */
export function transportLine({ type, mode, socket_addr, status }: TransportView): string {
  return `${type} ${mode} ${socket_addr}, ${status}`;
}
