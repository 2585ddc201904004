import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import {
  type Connection,
  CulvertError,
  type DialOptions,
  type Listener,
  type ListenOptions,
  type Transport,
} from "@x/core";
import {
  listenerDefaults,
  listenForStreams,
  newTransportShares,
  openStream,
  resolveLimits,
  type StreamListenerOptions,
  type StreamListenerSettings,
  streamDefaults,
  streamRanges,
  type TransportShares,
  withinDialLimit,
} from "@x/transport-kit";
import { listenError, SocketSource, SocketStream, untilConnected } from "@x/transport-kit/node";
import { defaultDialTimeoutMs, maxPathBytes } from "./limits.js";

export interface MyWireOptions extends StreamListenerOptions {
  /** Longest wait of `dial` for somebody to accept, in milliseconds. Default 5,000. */
  readonly dialTimeoutMs?: number;
}

interface MyWireSettings extends StreamListenerSettings {
  readonly dialTimeoutMs: number;
}

const defaults = { ...streamDefaults, ...listenerDefaults, dialTimeoutMs: defaultDialTimeoutMs as number };

let lastNumber = 0;

/**
 * Frames over the local sockets of one machine: `my-wire#/run/n2.sock` is whoever listens on that path.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function myWire(options: MyWireOptions = {}): Transport {
  const { onReport = () => {}, ...given } = options;
  const limits = resolveLimits<typeof defaults>("myWire()", defaults, given, streamRanges);
  const settings: MyWireSettings = { ...limits, onReport };
  const shares = newTransportShares(settings);
  const { maxFrameBytes, deadPeerMs } = settings;
  const dialTimeoutMs = settings.dialTimeoutMs + settings.handshakeTimeoutMs;
  return {
    name: "my-wire",
    capabilities: { reliable: true, ordered: true, maxFrameBytes, dialTimeoutMs, deadPeerMs },
    dial: (where, dialOptions = {}) => dial(where, dialOptions, settings, shares),
    listen: (where, listenOptions) => listen(where, listenOptions, settings, shares),
  };
}

async function dial(
  where: string,
  { signal }: DialOptions,
  settings: MyWireSettings,
  shares: TransportShares,
): Promise<Connection> {
  checkWhere(where);
  const stream = await withinDialLimit(
    where,
    { timeoutMs: settings.dialTimeoutMs, signal },
    async (limit) => {
      const socket = connect({ path: where });
      await untilConnected(socket, where, limit);
      return new SocketStream(socket, { localWhere: diallerName(), remoteWhere: where, source: where });
    },
  );
  return openStream(stream, settings, shares, signal);
}

async function listen(
  where: string,
  options: ListenOptions,
  settings: MyWireSettings,
  shares: TransportShares,
): Promise<Listener> {
  checkWhere(where);
  const server = createServer({ pauseOnConnect: true });
  const source = new SocketSource((socket: Socket) => {
    return new SocketStream(socket, { localWhere: where, remoteWhere: diallerName(), source: where });
  });
  source.where = where;
  source.add(server);
  try {
    await once(server.listen({ path: where }), "listening");
  } catch (error) {
    throw listenError(error, where);
  }
  return listenForStreams(source, options, settings, shares);
}

/** The dialling end of a local socket has no name, so each gets a number. */
function diallerName(): string {
  lastNumber += 1;
  return `${process.pid}:${lastNumber}`;
}

function checkWhere(where: unknown): void {
  const isPath = typeof where === "string" && where.length > 0 && !where.includes("\0");
  if (isPath && Buffer.byteLength(where) <= maxPathBytes) return;
  const shown = JSON.stringify(String(where).slice(0, 2 * maxPathBytes));
  throw new CulvertError("ADDRESS_INVALID", `Cannot use path ${shown}: a path is 1 to ${maxPathBytes} bytes`);
}
