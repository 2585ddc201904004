import { connect, type Server, Socket, type TcpNetConnectOpts } from "node:net";
import type { ChunkPool } from "@x/stream/inner";
import { socketKeepAliveMs } from "../limits.js";
import { type ByteTaker, SocketReader } from "./socket-reader.js";

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

/** How a socket reads. */
export interface SocketReading {
  /** Memory for large reads. */
  readonly pool: ChunkPool;
  readonly taker: ByteTaker;
}

/** Begins to connect; the socket reads into buffers of ours. */
export function dialSocket(
  target: { readonly host: string; readonly port: number },
  options: SocketOptions,
  { pool, taker }: SocketReading,
): Socket {
  const reader = new SocketReader(pool, taker);
  const given: TcpNetConnectOpts = { ...target, ...nodeSocketOptions(options), onread: reader.onread };
  return connect(given)
    .once("close", () => reader.close())
    .resume();
}

/** The undocumented parts of Node's sockets that adoption needs. */
interface RawSocket {
  _handle: { readStart?: unknown; useUserBuffer?: unknown } | null;
  _server: Server | null;
  server: Server | null;
}

/**
 * Lets an accepted socket that was paused on connect read into buffers of ours, which Node offers for dialled sockets only:
 * moves its connection to a new socket. Where the platform does not have what this needs, it reads by `data` events.
 */
export function acceptSocket(accepted: Socket, server: Server, { pool, taker }: SocketReading): Socket {
  const raw = accepted as unknown as RawSocket;
  const handle = raw._handle;
  if (typeof handle?.readStart !== "function" || typeof handle.useUserBuffer !== "function") {
    return accepted.on("data", (bytes: Buffer) => taker.write(bytes)).resume();
  }
  raw._handle = null;
  raw._server = raw.server = null;
  accepted.destroy();
  const reader = new SocketReader(pool, taker);
  const options = { handle, onread: reader.onread, allowHalfOpen: true, readable: true, writable: true };
  const socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
  // The server counts its connections down when this socket closes.
  (socket as unknown as RawSocket)._server = (socket as unknown as RawSocket).server = server;
  socket.once("close", () => reader.close());
  socket.resume();
  socket.read(0);
  return socket;
}
