import type { Connection, DialOptions, Listener, ListenOptions, Transport } from "@x/core";
import { newTransportShares, openMessages, type TransportShares, withinDialLimit } from "@x/transport-kit";
import { type Place, parsePlace, type Scheme } from "./place.js";
import { resolveSettings, type WsOptions, type WsSettings } from "./settings.js";
import type { WebSocketWire } from "./web-socket-wire.js";

/** What a WebSocket transport holds for peers, over all its listeners. */
export interface WsCounters {
  /** Accepted WebSockets that have not said hello, now. */
  readonly handshakes: number;
}

/** A WebSocket transport. */
export interface WsTransport extends Transport {
  /** What it holds for peers. */
  readonly counters: WsCounters;
}

/** How a platform opens WebSockets and accepts them. */
export interface WebSocketPlatform {
  /** Rejects with the reason of the signal when it is aborted, and leaves nothing open then. */
  open(place: Place, settings: WsSettings, signal: AbortSignal): Promise<WebSocketWire>;
  listen(
    place: Place,
    options: ListenOptions,
    settings: WsSettings,
    shares: TransportShares,
  ): Promise<Listener>;
}

/**
 * A WebSocket transport on a platform.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function wsTransport(scheme: Scheme, options: WsOptions, platform: WebSocketPlatform): WsTransport {
  const settings = resolveSettings(`${scheme}()`, options);
  const shares = newTransportShares(settings);
  const { maxFrameBytes, deadPeerMs } = settings;
  const dialTimeoutMs = settings.dialTimeoutMs + settings.handshakeTimeoutMs;
  const parts = { scheme, settings, shares, platform };
  return {
    name: scheme,
    counters: shares.counting,
    capabilities: { reliable: true, ordered: true, maxFrameBytes, dialTimeoutMs, deadPeerMs },
    dial: (where, dialOptions = {}) => dial(where, dialOptions, parts),
    listen: (where, listenOptions) => listen(where, listenOptions, parts),
  };
}

interface Parts {
  readonly scheme: Scheme;
  readonly settings: WsSettings;
  readonly shares: TransportShares;
  readonly platform: WebSocketPlatform;
}

async function dial(
  where: string,
  { signal }: DialOptions,
  { scheme, settings, shares, platform }: Parts,
): Promise<Connection> {
  const place = parsePlace(scheme, where, 1);
  const limit = { timeoutMs: settings.dialTimeoutMs, signal };
  const wire = await withinDialLimit(where, limit, (given) => platform.open(place, settings, given));
  return openMessages(wire, settings, shares, signal);
}

async function listen(
  where: string,
  options: ListenOptions,
  { scheme, settings, shares, platform }: Parts,
): Promise<Listener> {
  return platform.listen(parsePlace(scheme, where, 0), options, settings, shares);
}
