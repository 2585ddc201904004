import { connect, type OnReadOpts, type Server, Socket, type TcpNetConnectOpts } from "node:net";
import { FrameReader } from "./frame-reader.js";
import { ReadBuffer, scratchFor } from "./read-buffer.js";
import type { TcpSettings } from "./settings.js";

/** A socket and the reader that gets its bytes. */
export interface SocketLink {
  readonly socket: Socket;
  readonly reader: FrameReader;
}

/** Begins to connect. The socket reads straight into the reader's buffers. */
export function dialLink(target: { host: string; port: number }, settings: TcpSettings): SocketLink {
  const reader = makeReader(settings);
  const options: TcpNetConnectOpts = { ...target, noDelay: true };
  if (settings.reading === "events") return linkByEvents(connect(options), reader);
  return { socket: connect({ ...options, onread: readInto(reader) }), reader };
}

/** Takes over an accepted socket that was paused on connect. */
export function acceptLink(accepted: Socket, server: Server, settings: TcpSettings): SocketLink {
  const reader = makeReader(settings);
  const adopted = settings.reading === "slab" ? adoptSocket(accepted, server, readInto(reader)) : undefined;
  return adopted === undefined ? linkByEvents(accepted, reader) : { socket: adopted, reader };
}

function makeReader(settings: TcpSettings): FrameReader {
  return new FrameReader(new ReadBuffer(scratchFor(), settings.slabBytes), settings.maxFrameBytes);
}

function readInto(reader: FrameReader): OnReadOpts {
  return { buffer: () => reader.space(), callback: (count) => reader.filled(count) };
}

function linkByEvents(socket: Socket, reader: FrameReader): SocketLink {
  socket.on("data", (chunk: Buffer) => {
    if (!reader.append(chunk)) socket.pause();
  });
  socket.resume();
  return { socket, reader };
}

/** The undocumented parts of Node's sockets that adoption needs. */
interface RawSocket {
  _handle: { readStart?: unknown; useUserBuffer?: unknown } | null;
  _server: Server | null;
  server: Server | null;
}

/**
 * Moves an accepted connection to a socket that reads into our buffers, which Node offers for dialled sockets only.
 * Returns nothing, and leaves the accepted socket as it was, where the platform does not have what this needs.
 */
function adoptSocket(accepted: Socket, server: Server, onread: OnReadOpts): Socket | undefined {
  const raw = accepted as unknown as RawSocket;
  const handle = raw._handle;
  if (typeof handle?.readStart !== "function" || typeof handle.useUserBuffer !== "function") return undefined;
  raw._handle = null;
  raw._server = raw.server = null;
  accepted.destroy();
  const socket = new Socket({ handle, onread, readable: true, writable: true } as ConstructorParameters<
    typeof Socket
  >[0]);
  // The server counts its connections down when this socket closes.
  (socket as unknown as RawSocket)._server = (socket as unknown as RawSocket).server = server;
  socket.resume();
  socket.read(0);
  return socket;
}
