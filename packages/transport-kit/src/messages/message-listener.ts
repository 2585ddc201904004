import type { Connection, Listener, ListenOptions } from "@x/core";
import { givenUp } from "../dial-limit.js";
import { GuestListener, type GuestSource, mapSource } from "../listening/guest-listener.js";
import type { ListenerOptions, ListenerSettings } from "../listening/listener-settings.js";
import type { TransportShares } from "../transport-shares.js";
import { MessageConnection } from "./message-connection.js";
import type { MessageOptions, MessageSettings } from "./message-settings.js";
import type { MessageWire } from "./message-wire.js";

/** How a transport over messages behaves. */
export interface MessageListenerOptions extends MessageOptions, ListenerOptions {}

/** {@link MessageListenerOptions} with every default filled in. */
export interface MessageListenerSettings extends MessageSettings, ListenerSettings {}

/**
 * Makes a connection of a wire: shakes hands with whoever is at its other end, which does the same. The wire is closed when
 * that fails.
 *
 * @throws CulvertError HANDSHAKE_FAILED, VERSION_UNSUPPORTED, CONNECTION_LIMIT_EXCEEDED, CONNECTION_RESET, ABORTED
 */
export async function openMessages(
  wire: MessageWire,
  settings: MessageSettings,
  shares: TransportShares,
  signal?: AbortSignal,
): Promise<Connection> {
  const connection = new MessageConnection(wire, settings, shares);
  const onAbort = (): void => connection.destroy(givenUp(wire.remoteWhere));
  signal?.addEventListener("abort", onAbort);
  try {
    const greeted = connection.greet();
    if (signal?.aborted) onAbort();
    return await greeted;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/** A listener that makes connections of the wires which a source accepts. */
export function listenForMessages(
  source: GuestSource<MessageWire>,
  options: ListenOptions,
  settings: MessageListenerSettings,
  shares: TransportShares,
): Listener {
  const toGuest = (wire: MessageWire): MessageConnection => new MessageConnection(wire, settings, shares);
  return new GuestListener(mapSource(source, toGuest), options, settings, shares.counting);
}
