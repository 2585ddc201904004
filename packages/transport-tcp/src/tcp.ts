import type { Connection, DialOptions, Listener, ListenOptions, Transport } from "@x/core";
import {
  listenForStreams,
  maxSocketsOf,
  newTransportShares,
  openStream,
  type TransportShares,
} from "@x/transport-kit";
import { dialTcp, listenTcp } from "@x/transport-kit/node";
import { resolveSettings, type TcpOptions, type TcpSettings } from "./settings.js";

/** What a TCP transport holds for peers, over all its listeners. */
export interface TcpCounters {
  /** Accepted connections that have not said hello, now. */
  readonly handshakes: number;
}

/** A TCP transport. */
export interface TcpTransport extends Transport {
  /** What it holds for peers. */
  readonly counters: TcpCounters;
}

/**
 * The TCP transport: `tcp#127.0.0.1:7000`, `tcp#[::1]:7000`, `tcp#example.org:7000`.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function tcp(options: TcpOptions = {}): TcpTransport {
  const settings = resolveSettings(options);
  const shares = newTransportShares(settings);
  const { maxFrameBytes, deadPeerMs } = settings;
  const dialTimeoutMs = settings.dialTimeoutMs + settings.handshakeTimeoutMs;
  return {
    name: "tcp",
    counters: shares.counting,
    capabilities: { reliable: true, ordered: true, maxFrameBytes, dialTimeoutMs, deadPeerMs },
    dial: (where, dialOptions = {}) => dial(where, dialOptions, settings, shares),
    listen: (where, listenOptions) => listen(where, listenOptions, settings, shares),
  };
}

async function dial(
  where: string,
  { signal }: DialOptions,
  settings: TcpSettings,
  shares: TransportShares,
): Promise<Connection> {
  const stream = await dialTcp(where, settings.reading, { timeoutMs: settings.dialTimeoutMs, signal });
  return openStream(stream, settings, shares, signal);
}

async function listen(
  where: string,
  options: ListenOptions,
  settings: TcpSettings,
  shares: TransportShares,
): Promise<Listener> {
  const { reading, onReport } = settings;
  const source = await listenTcp(where, { reading, maxSockets: maxSocketsOf(settings), onReport });
  return listenForStreams(source, options, settings, shares);
}
