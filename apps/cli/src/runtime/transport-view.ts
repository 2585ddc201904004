import type { Address } from "@x/core";
import { parseTransportHop } from "@x/core";
import type { NodeConnection } from "@x/routing";
import { showFailure } from "./failure-view.js";
import { healthView } from "./health-view.js";
import { none } from "./route-view.js";
import type { ConnectionView, TransportView } from "./views.js";

/** What results show of a listener. */
export function listenerView(address: Address, up: boolean, lastFailure: unknown): TransportView {
  const { transport, where } = parseTransportHop(address);
  return {
    type: transport,
    mode: "listening",
    socket_addr: where,
    worker_addr: none,
    processor_address: none,
    flow_control_id: none,
    status: up ? "Up" : "Down",
    last_failure: up ? null : showFailure(lastFailure),
  };
}

/** What results show of a connection. */
export function connectionView(nodeName: string, connection: NodeConnection): ConnectionView {
  const { transport, where } = parseTransportHop(connection.remote);
  const worker = `/worker/${connection.worker}`;
  return {
    from: `/node/${nodeName}`,
    to: where,
    address: worker,
    type: transport,
    mode: connection.direction === "dialled" ? "outgoing" : "incoming",
    socket_addr: where,
    worker_addr: worker,
    processor_address: none,
    flow_control_id: none,
    status: connection.state === "up" ? "Up" : "Down",
    last_failure: showFailure(connection.lastFailure),
    ...healthView(connection),
  };
}
