import type { RelayClient, RelayRegistration } from "@x/relay";
import { type FailureView, failureView } from "../../runtime/routes/failure-view.js";
import { none, showRoute } from "../../runtime/routes/route-view.js";
import type { HeldRoute, RouteStart } from "../../runtime/routes/shared-routes.js";
import type { RuntimeContext } from "../../runtime/runtime-context.js";
import { type Healing, type HealthView, healthView, type Status } from "./health.js";

/** Messages and the bytes of their payloads. */
interface RelayTraffic {
  readonly messages: number;
  readonly bytes: number;
}

/** What an operation tells of a relay in lists and when it was made. */
export interface RelayView extends HealthView, FailureView {
  /** The hops by which its node reaches it: `0#<32 hex> => 0#forward_to_n3`. */
  readonly forwarding_route: string;
  /** `forward_to_n3` */
  readonly remote_address: string;
  /** The worker that receives what the relay forwards: `/service/<32 hex>`. */
  readonly worker_address: string;
  readonly flow_control_id: string;
  readonly connection_status: Status;
  /** What was passed on to the node behind it; null on the side of that node. */
  readonly traffic: RelayTraffic | null;
  /** The route to the node that hosts it: `/node/n2`. */
  readonly destination_address: string;
  readonly name: string;
}

/** What an operation tells of one relay. */
export interface RelayDetail extends HealthView, FailureView {
  readonly name: string;
  readonly destination: string;
  readonly connection_status: Status;
  readonly traffic: RelayTraffic | null;
  readonly relay_route: string;
  /** `/service/forward_to_n3` */
  readonly remote_address: string;
  readonly worker_address: string;
}

/** A relay that this node registered. */
export interface ClientOfRelay {
  readonly client: RelayClient;
  readonly held: HeldRoute;
  /** The route to the node that hosts it, as it was given. */
  readonly destination: string;
}

/** What results show of a relay this node registered. */
export function clientView(
  context: RuntimeContext,
  { client, held: { start }, destination }: ClientOfRelay,
): RelayView {
  // What the route begins with says more than what the client hears of it.
  const failure = start?.state === "down" ? (start.lastFailure ?? client.lastFailure) : client.lastFailure;
  return {
    forwarding_route: showRoute(client.flowRoute),
    remote_address: client.remoteAddress,
    worker_address: `/service/${client.workerAddress}`,
    flow_control_id: none,
    connection_status: showState(client.state),
    traffic: null,
    destination_address: destination,
    name: client.name,
    ...failureView(failure, context),
    ...healthView(wayBack(client, start)),
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
    traffic: { messages: registration.messages, bytes: registration.bytes },
    destination_address: `/node/${nodeName}`,
    name: registration.name,
    ...failureView(undefined),
    // The other node is the one that comes back.
    ...healthView({ since: registration.since, attempts: 0, nextAttemptAt: undefined }),
  };
}

/** Whether the node hosts it for another one: then nothing lies between its name and its worker. */
export function isHosted({ worker_address, remote_address }: RelayView): boolean {
  return worker_address === `/service/${remote_address}`;
}

/** The detail that `show` gives, from what `list` gives. */
export function relayDetail(view: RelayView): RelayDetail {
  return {
    name: view.name,
    destination: view.destination_address,
    connection_status: view.connection_status,
    traffic: view.traffic,
    relay_route: view.forwarding_route,
    remote_address: `/service/${view.remote_address}`,
    worker_address: view.worker_address,
    last_failure: view.last_failure,
    last_failure_at: view.last_failure_at,
    since: view.since,
    attempts: view.attempts,
    next_attempt_at: view.next_attempt_at,
  };
}

/**
 * While its connection is down a client makes no attempts: those of the connection are what it waits for.
 * While it is up, what it plans is a renewal, and no way back.
 */
function wayBack(client: RelayClient, start: RouteStart | undefined): Healing {
  if (client.state === "up") return { since: client.since, attempts: 0, nextAttemptAt: undefined };
  const tries = start?.tries;
  if (tries === undefined) return client;
  const { attempts, nextAttemptAt } = tries;
  return { since: client.since, attempts, nextAttemptAt };
}

function showState(state: "up" | "down"): Status {
  return state === "up" ? "Up" : "Down";
}
