import {
  type Address,
  type ErrorCode,
  type Message,
  maxRouteHops,
  type Route,
  type WorkerHost,
} from "@x/core";

const nothing = new Uint8Array(0);

/**
 * Sends a received message on along another route, with its return route, hop count and fields unchanged.
 * A route of too many hops, or of none at all, is refused in the name of `hop`.
 * It does not wait: the node brings congestion ahead back to the sender, and others' messages go on.
 */
export function passOn(host: WorkerHost, message: Message, onwardRoute: Route, hop: Address): void {
  const hops = onwardRoute.length;
  if (hops === 0) {
    refuse(host, message, hop, "ROUTE_ENDED", `Cannot pass message on at "${hop}": its route ends here`);
  } else if (hops > maxRouteHops) {
    const reason = `Cannot pass message on at "${hop}" over ${hops} hops: limit is ${maxRouteHops} hops`;
    refuse(host, message, hop, "ROUTE_TOO_LONG", reason);
  } else {
    const release = message.local?.release;
    void host.send(
      release === undefined ? { ...message, onwardRoute } : { ...message, onwardRoute, release },
    );
  }
}

/** Answers a message by a negative reply. Does nothing for a negative reply, or when there is no way back. */
export function refuse(
  host: WorkerHost,
  message: Message,
  hop: Address,
  code: ErrorCode,
  reason: string,
): void {
  if (message.refusal !== undefined || !hasWayBack(message)) return;
  const refusal = { code, hop, reason };
  const origin = message.local === undefined ? {} : { local: message.local };
  void host.send({ onwardRoute: message.returnRoute, payload: nothing, refusal, ...origin });
}

/** Says whether a message can be answered: a return route that ends with the arriving connection leads to no worker. */
export function hasWayBack(message: Message): boolean {
  const route = message.returnRoute;
  return route.length > 1 || (route.length === 1 && route[0] !== message.local?.arrivedBy);
}
