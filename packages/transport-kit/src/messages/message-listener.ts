import type { Connection, Listener, ListenOptions } from "@x/core";
import { givenUp } from "../dial-limit.js";
import { tickMsFor } from "../life/pulse.js";
import { Ticker } from "../life/ticker.js";
import { GuestListener, type GuestSource, mapSource } from "../listening/guest-listener.js";
import type { ListenerOptions, ListenerSettings } from "../listening/listener-settings.js";
import { MessageConnection } from "./message-connection.js";
import type { MessageOptions, MessageSettings } from "./message-settings.js";
import type { MessageWire } from "./message-wire.js";

/** How a transport over messages behaves. */
export interface MessageListenerOptions extends MessageOptions, ListenerOptions {}

/** {@link MessageListenerOptions} with every default filled in. */
export interface MessageListenerSettings extends MessageSettings, ListenerSettings {}

/** What all connections of one transport share. */
export interface MessageShares {
  readonly ticker: Ticker;
  /** Accepted wires whose peers have not said hello, now. */
  readonly counting: { handshakes: number };
}

/** The shares of a new transport. */
export function newMessageShares(settings: MessageSettings): MessageShares {
  return { ticker: new Ticker(tickMsFor(settings)), counting: { handshakes: 0 } };
}

/**
 * Makes a connection of a wire: shakes hands with whoever is at its other end, which does the same. The wire is closed when
 * that fails.
 *
 * @throws CulvertError HANDSHAKE_FAILED, VERSION_UNSUPPORTED, CONNECTION_LIMIT_EXCEEDED, CONNECTION_RESET, ABORTED
 */
export async function openMessages(
  wire: MessageWire,
  settings: MessageSettings,
  { ticker }: MessageShares,
  signal?: AbortSignal,
): Promise<Connection> {
  const connection = new MessageConnection(wire, settings, ticker);
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
  { ticker, counting }: MessageShares,
): Listener {
  const toGuest = (wire: MessageWire): MessageConnection => new MessageConnection(wire, settings, ticker);
  return new GuestListener(mapSource(source, toGuest), options, settings, counting);
}
