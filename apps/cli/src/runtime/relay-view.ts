import type { RelayClient, RelayRegistration } from "@x/relay";
import { type ConnectionLister, showFailure } from "./failure-view.js";
import { type Healing, healthView } from "./health-view.js";
import type { RelayEntry } from "./relays.js";
import { none, showRoute } from "./route-view.js";
import type { RelayDetail, RelayView, Status } from "./views.js";

/** What results show of a relay this node registered. */
export function relayView({ spec, client }: RelayEntry, connections: ConnectionLister): RelayView {
  return {
    forwarding_route: showRoute(client.flowRoute),
    remote_address: client.remoteAddress,
    worker_address: `/service/${client.workerAddress}`,
    flow_control_id: none,
    connection_status: showState(client.state),
    destination_address: spec.at.text,
    name: client.name,
    last_failure: showFailure(client.lastFailure, connections),
    ...healthView(wayBack(client, connections)),
  };
}

/** What results show of a relay this node hosts for another. */
export function registrationView(nodeName: string, registration: RelayRegistration): RelayView {
  return {
    forwarding_route: showRoute(registration.route),
    remote_address: registration.address,
    worker_address: `/service/${registration.address}`,
    flow_control_id: none,
    connection_status: showState(registration.state),
    destination_address: `/node/${nodeName}`,
    name: registration.name,
    last_failure: null,
    // The other node is the one that comes back.
    ...healthView({ since: registration.since, attempts: 0, nextAttemptAt: undefined }),
  };
}

/** The detail that `show` gives, from what `list` gives. */
export function relayDetail(view: RelayView): RelayDetail {
  return {
    name: view.name,
    destination: view.destination_address,
    connection_status: view.connection_status,
    relay_route: view.forwarding_route,
    remote_address: `/service/${view.remote_address}`,
    worker_address: view.worker_address,
    last_failure: view.last_failure,
    since: view.since,
    attempts: view.attempts,
    next_attempt_at: view.next_attempt_at,
  };
}

/**
 * While its connection is down a client makes no attempts: those of the connection are what it waits for.
 * While it is up, what it plans is a renewal, and no way back.
 */
function wayBack(client: RelayClient, connections: ConnectionLister): Healing {
  if (client.state === "up") return { since: client.since, attempts: 0, nextAttemptAt: undefined };
  const [hop] = client.flowRoute;
  const connection = connections().find(({ worker }) => worker === hop);
  if (connection?.state !== "down") return client;
  const { attempts, nextAttemptAt } = connection;
  return { since: client.since, attempts, nextAttemptAt };
}

function showState(state: "up" | "down"): Status {
  return state === "up" ? "Up" : "Down";
}
