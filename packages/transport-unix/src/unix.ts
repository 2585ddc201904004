import { createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import {
  BackOff,
  type Connection,
  CulvertError,
  type DialOptions,
  isAddress,
  type Listener,
  type ListenOptions,
  type Transport,
} from "@x/core";
import {
  listenerDefaults,
  listenForStreams,
  maxSocketsOf,
  newTransportShares,
  openStream,
  resolveLimits,
  type StreamListenerOptions,
  type StreamListenerSettings,
  streamDefaults,
  streamRanges,
  type TransportShares,
  untilAborted,
  withinDialLimit,
} from "@x/transport-kit";
import { SocketSource, SocketStream, systemCode, systemError, untilConnected } from "@x/transport-kit/node";
import { crowdPauseMs, defaultDialTimeoutMs, defaultMode, maxPathBytes } from "./limits.js";
import { listenOnPath } from "./socket-file.js";

/** How a unix transport behaves. All have defaults that fit. */
export interface UnixOptions
  extends Omit<StreamListenerOptions, "maxConnectionsPerHost" | "maxConnectionsPerNetwork"> {
  /** Longest wait of `dial` for the system to take the connection, in milliseconds. Default 5,000. */
  readonly dialTimeoutMs?: number;
  /** Permissions of the files that it listens on: who may write to one may connect. Default 0o600, its owner. */
  readonly mode?: number;
}

interface UnixSettings extends StreamListenerSettings {
  readonly dialTimeoutMs: number;
  readonly mode: number;
}

/** What a unix transport holds for peers, over all its listeners. */
export interface UnixCounters {
  /** Accepted connections that have not said hello, now. */
  readonly handshakes: number;
}

/** A unix transport. */
export interface UnixTransport extends Transport {
  /** What it holds for peers. */
  readonly counters: UnixCounters;
}

const defaults = {
  ...streamDefaults,
  ...listenerDefaults,
  dialTimeoutMs: defaultDialTimeoutMs as number,
  mode: defaultMode as number,
};

/** Numbers for the dialling ends of sockets, which have no names. */
let dialled = 0;

/**
 * The transport over socket files: `unix#/run/n2.sock`. A file that a killed process left behind is replaced.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function unix(options: UnixOptions = {}): UnixTransport {
  const { onReport = () => {}, ...given } = options;
  const { maxConnections = defaults.maxConnections } = given;
  // All who dial are on one host.
  const ownDefaults = {
    ...defaults,
    maxConnectionsPerHost: maxConnections,
    maxConnectionsPerNetwork: maxConnections,
  };
  const ranges = { ...streamRanges, mode: [0, 0o777] } as const;
  const settings = { ...resolveLimits<typeof defaults>("unix()", ownDefaults, given, ranges), onReport };
  const shares = newTransportShares(settings);
  const { maxFrameBytes, deadPeerMs } = settings;
  const dialTimeoutMs = settings.dialTimeoutMs + settings.handshakeTimeoutMs;
  return {
    name: "unix",
    counters: shares.counting,
    capabilities: { reliable: true, ordered: true, maxFrameBytes, dialTimeoutMs, deadPeerMs },
    dial: (where, dialOptions = {}) => dial(where, dialOptions, settings, shares),
    listen: (where, listenOptions) => listen(where, listenOptions, settings, shares),
  };
}

async function dial(
  where: string,
  { signal }: DialOptions,
  settings: UnixSettings,
  shares: TransportShares,
): Promise<Connection> {
  checkWhere(where);
  const limit = { timeoutMs: settings.dialTimeoutMs, signal };
  const stream = await withinDialLimit(where, limit, (given) => connectTo(where, given));
  return openStream(stream, settings, shares, signal);
}

async function connectTo(where: string, signal: AbortSignal): Promise<SocketStream> {
  const backOff = new BackOff(crowdPauseMs.first, crowdPauseMs.longest, Math.random);
  for (;;) {
    const names = { localWhere: `${process.pid}:${++dialled}`, remoteWhere: where, source: where };
    const stream = SocketStream.connect({ path: where }, "slab", names);
    try {
      await untilConnected(stream.socket as Socket, where, signal);
      return stream;
    } catch (error) {
      if (systemCode((error as Error).cause ?? {}) !== "EAGAIN") throw error;
      await untilAborted(pause(backOff.next()), signal);
    }
  }
}

async function listen(
  where: string,
  options: ListenOptions,
  settings: UnixSettings,
  shares: TransportShares,
): Promise<Listener> {
  checkWhere(where);
  const server = createServer({ pauseOnConnect: true });
  server.maxConnections = maxSocketsOf(settings);
  const source = new SocketSource((socket, from) => {
    const names = { localWhere: where, remoteWhere: `${process.pid}:${++dialled}`, source: where };
    return SocketStream.adopt(socket, from, "slab", names);
  });
  source.add(server);
  const remove = await listenOnPath(server, where, settings.mode);
  server.on("error", (error) => settings.onReport(systemError(error, `accept on ${where}`)));
  const stop = (): Promise<void> => {
    remove();
    return source.stop();
  };
  return listenForStreams(
    { where, start: (accept) => source.start(accept), stop },
    options,
    settings,
    shares,
  );
}

function checkWhere(where: unknown): void {
  const isPath = typeof where === "string" && where.startsWith("/") && isAddress(`unix#${where}`);
  if (isPath && Buffer.byteLength(where) <= maxPathBytes) return;
  const shown = JSON.stringify(String(where).slice(0, 2 * maxPathBytes));
  const rule = `a path begins with / and is at most ${maxPathBytes} bytes long, without white space`;
  throw new CulvertError("ADDRESS_INVALID", `Cannot use path ${shown}: ${rule}`);
}
