import {
  type Address,
  type CulvertError,
  type ErrorCode,
  formatRoute,
  isCulvertError,
  type Message,
  type Route,
  type WorkerHost,
} from "@x/core";

const nothing = new Uint8Array(0);

/**
 * Sends a received message on along another route, with its return route, hop count, fields and origin unchanged.
 * What no node would take (too many hops, none at all) is refused in the name of `hop`.
 */
export function passOn(
  host: WorkerHost,
  message: Message,
  onwardRoute: Route,
  hop: Address,
): Promise<void> | undefined {
  if (onwardRoute.length === 0) {
    return refuse(host, message, hop, "ROUTE_ENDED", `Cannot deliver message: its route ends at "${hop}"`);
  }
  try {
    return host.send({ ...message, onwardRoute });
  } catch (error) {
    return refuseFor(host, message, hop, error as Error);
  }
}

/** Answers a message by a negative reply. Does nothing for a negative reply, or when there is no way back. */
export function refuse(
  host: WorkerHost,
  message: Message,
  hop: Address,
  code: ErrorCode,
  reason: string,
): Promise<void> | undefined {
  if (message.refusal !== undefined || message.returnRoute.length === 0) return undefined;
  const refusal = { code, hop, reason };
  const origin = message.local === undefined ? {} : { local: message.local };
  return host.send({ onwardRoute: message.returnRoute, payload: nothing, refusal, ...origin });
}

function refuseFor(
  host: WorkerHost,
  message: Message,
  hop: Address,
  error: Error,
): Promise<void> | undefined {
  if (!isCulvertError(error)) throw error;
  const rest = formatRoute(message.onwardRoute.slice(0, 3));
  const { code, message: reason }: CulvertError = error;
  return refuse(host, message, hop, code, `Cannot pass message on at "${hop}" to ${rest}: ${reason}`);
}
