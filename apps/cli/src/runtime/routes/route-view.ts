import { type Address, cleanPeerText, isTransportHop, type Route } from "@x/core";

/** What stands where there is nothing to tell. */
export const none = "<none>";

/** A route as results show it: `0#<32 hex> => 0#forward_to_n3`; a transport hop stands as it is. */
export function showRoute(route: Route): string {
  // The route to a relay has hops that its owner named.
  return route.length === 0 ? none : cleanPeerText(route.map(showHop).join(" => "));
}

function showHop(address: Address): string {
  return isTransportHop(address) ? address : `0#${address}`;
}
