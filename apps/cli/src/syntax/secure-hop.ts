import { type Address, isTransportHop, parseTransportHop, type Route, transportHop } from "@x/core";

/** The word before `#` of a hop that stands for a secure channel: `secure#api`. No transport has it. */
export const secureWord = "secure";

/** The address at which every node takes channels. */
export const channelListenerAddress = "api";

/** The hop that stands for a channel to a listener, over the hops before it. */
export function secureHop(listener: Address): Address {
  return transportHop(secureWord, listener);
}

/** The listener of a hop that stands for a channel; nothing for any other hop. */
export function listenerOf(hop: Address): Address | undefined {
  if (!isTransportHop(hop)) return undefined;
  const { transport, where } = parseTransportHop(hop);
  return transport === secureWord ? where : undefined;
}

/** Where the first channel of a route stands; -1 when there is none. */
export function firstSecureHop(route: Route): number {
  return route.findIndex((hop) => listenerOf(hop) !== undefined);
}
