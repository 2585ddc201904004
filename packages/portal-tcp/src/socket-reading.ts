import { connect, type OnReadOpts, type Server, Socket, type TcpNetConnectOpts } from "node:net";
import { socketKeepAliveMs, socketReadBytes } from "./limits.js";

/** Takes the bytes of a socket as they come. They are the taker's own. */
export type ByteTaker = (bytes: Uint8Array) => void;

/** How local sockets behave. */
export interface SocketOptions {
  /** Sends small writes at once (TCP_NODELAY). Default true: the streams carry interactive protocols too. */
  readonly noDelay?: boolean;
  /** Lets the platform find out that the other side is gone (SO_KEEPALIVE, after 60 s of silence). Default true. */
  readonly keepAlive?: boolean;
}

/** The options for Node of both kinds of local sockets: each direction ends by itself. */
export function nodeSocketOptions({ noDelay = true, keepAlive = true }: SocketOptions): {
  readonly allowHalfOpen: true;
  readonly noDelay: boolean;
  readonly keepAlive: boolean;
  readonly keepAliveInitialDelay: number;
} {
  return { allowHalfOpen: true, noDelay, keepAlive, keepAliveInitialDelay: socketKeepAliveMs };
}

/**
 * One buffer for the reads of all sockets: a read is over, and its bytes copied, before the next one begins.
 * So an idle socket holds none, and a busy one reads four times as much per system call and message as by `data` events;
 * copying costs a fraction of the page faults that a fresh buffer of this size would.
 */
let sharedBuffer: Uint8Array | undefined;

function readInto(take: ByteTaker): OnReadOpts {
  sharedBuffer ??= Buffer.allocUnsafeSlow(socketReadBytes);
  const callback = (count: number, buffer: Uint8Array): boolean => {
    const bytes = Buffer.allocUnsafe(count);
    bytes.set(count === buffer.length ? buffer : buffer.subarray(0, count));
    take(bytes);
    return true;
  };
  return { buffer: sharedBuffer, callback };
}

/** Begins to connect; the socket reads by the shared buffer. */
export function dialSocket(
  target: { readonly host: string; readonly port: number },
  options: SocketOptions,
  take: ByteTaker,
): Socket {
  const given: TcpNetConnectOpts = { ...target, ...nodeSocketOptions(options), onread: readInto(take) };
  return connect(given).resume();
}

/** The undocumented parts of Node's sockets that adoption needs. */
interface RawSocket {
  _handle: { readStart?: unknown; useUserBuffer?: unknown } | null;
  _server: Server | null;
  server: Server | null;
}

/**
 * Lets an accepted socket that was paused on connect read by the shared buffer, which Node offers for dialled sockets only:
 * moves its connection to a new socket. Where the platform does not have what this needs, it reads by `data` events.
 */
export function acceptSocket(accepted: Socket, server: Server, take: ByteTaker): Socket {
  const raw = accepted as unknown as RawSocket;
  const handle = raw._handle;
  if (typeof handle?.readStart !== "function" || typeof handle.useUserBuffer !== "function") {
    return accepted.on("data", take).resume();
  }
  raw._handle = null;
  raw._server = raw.server = null;
  accepted.destroy();
  const options = { handle, onread: readInto(take), allowHalfOpen: true, readable: true, writable: true };
  const socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
  // The server counts its connections down when this socket closes.
  (socket as unknown as RawSocket)._server = (socket as unknown as RawSocket).server = server;
  socket.resume();
  socket.read(0);
  return socket;
}
