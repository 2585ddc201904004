import { CulvertError, checkRoute, generateAddress, type WorkerHost } from "@x/core";
import { maxLeaseMs } from "../limits.js";
import { checkRelayName } from "../names/relay-name.js";
import { generateToken } from "../names/token.js";
import type { RelayClient, RelayClientOptions } from "./relay-client.js";
import { RelayKeeper } from "./relay-keeper.js";

/**
 * Starts a relay client. Returns at once; a far end that is down is no error: the state is `down` until it answers.
 *
 * @throws CulvertError RELAY_NAME_INVALID, ROUTE_INVALID, ROUTE_TOO_LONG, ADDRESS_INVALID, WORKER_LIMIT_EXCEEDED, NODE_CLOSED
 * @throws RangeError if the token or the lease is out of range
 */
export function startRelayClient(host: WorkerHost, options: RelayClientOptions): RelayClient {
  const route = checkRoute(options.route);
  if (route.length === 0) {
    throw new CulvertError(
      "ROUTE_INVALID",
      "Cannot start relay client: the route to the relay service is empty",
    );
  }
  const leaseMs = options.leaseMs ?? 0;
  if (!Number.isSafeInteger(leaseMs) || leaseMs < 0) {
    throw new RangeError(`Cannot start relay client: lease of ${leaseMs} ms is no whole number from 0`);
  }
  return new RelayKeeper(host, {
    route: [...route],
    name: checkRelayName(options.name ?? generateAddress()),
    token: options.token ?? generateToken(),
    leaseMs: Math.min(leaseMs, maxLeaseMs),
    access: options.access,
    onChange: options.onChange ?? (() => undefined),
    random: options.random ?? Math.random,
  });
}
