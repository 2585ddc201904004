import { type Address, checkAddress } from "./address.js";
import { CulvertError } from "./error.js";
import { maxRouteHops } from "./limits.js";

/**
 * Hops in the order in which they are passed.
 * An onward route leads to the receiver, a return route back to the sender.
 */
export type Route = readonly Address[];

/**
 * Checks a route from outside and returns it.
 *
 * @throws CulvertError ROUTE_INVALID, ROUTE_TOO_LONG, ADDRESS_INVALID
 */
export function checkRoute(route: unknown): Route {
  if (!Array.isArray(route))
    throw new CulvertError("ROUTE_INVALID", "Cannot use route: it is no list of addresses");
  if (route.length > maxRouteHops) {
    throw new CulvertError(
      "ROUTE_TOO_LONG",
      `Cannot use route of ${route.length} hops: limit is ${maxRouteHops} hops`,
    );
  }
  for (const address of route) checkAddress(address);
  return route;
}

/** A route as people read it: `tcp#127.0.0.1:7000 => forward_to_n3 => echo`. */
export function formatRoute(route: Route): string {
  return route.length === 0 ? "(no hop)" : route.join(" => ");
}
