import { connect, type NetConnectOpts, type OnReadOpts, type Server, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type CulvertError, formatHostPort, isCulvertError } from "@x/core";
import { firstReadBytes } from "../limits.js";
import type { ByteSink, ByteStream } from "../streams/byte-stream.js";
import { systemError } from "./system-error.js";

/** What to call the ends of a socket. */
export interface SocketNames {
  /** Default: the socket's own address. */
  readonly localWhere?: string;
  /** Default: the peer's address. */
  readonly remoteWhere?: string;
  /** The host of the peer, as one source of load. Default: its address. */
  readonly source?: string;
}

/**
 * How to read from a socket. `slab` reads into the connection's own memory, which saves a copy of large frames; `events` uses
 * plain `data` events. Where the platform does not let an accepted socket do the first, it is read by the second.
 */
export type Reading = "slab" | "events";

/** A socket, or any other duplex of Node, as a stream of bytes. */
export class SocketStream implements ByteStream {
  readonly socket: Duplex;
  readonly #names: SocketNames;
  #sink: ByteSink | undefined;
  /** What came before somebody reads. */
  #early: Uint8Array | undefined;
  #remoteWhere = "";
  #onEnd: (error: CulvertError | undefined) => void = () => {};
  #hasEnded = false;
  #failure: CulvertError | undefined;

  /** Reads by `data` events, unless the socket was made to read into memory that it is given. */
  constructor(socket: Duplex, names: SocketNames = {}, reads: "by events" | "by itself" = "by events") {
    this.socket = socket;
    this.#names = names;
    this.#remoteWhere = this.remoteWhere;
    socket.on("error", (error) => this.#end(this.#mapped(error)));
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
    if (reads === "by itself") return;
    socket.on("data", (chunk: Buffer) => {
      if (!this.append(chunk)) socket.pause();
    });
    socket.pause();
  }

  /** Begins to connect to an IP address and port, or to a path. */
  static connect(to: NetConnectOpts, reading: Reading, names: SocketNames = {}): SocketStream {
    if (reading === "events") return new SocketStream(connect(to), names);
    const { onread, belongTo } = readIntoStream();
    return belongTo(new SocketStream(connect({ ...to, onread }), names, "by itself"));
  }

  /** Takes over a socket that a server accepted and paused on connect. */
  static adopt(accepted: Socket, server: Server, reading: Reading, names: SocketNames = {}): SocketStream {
    const { onread, belongTo } = readIntoStream();
    const adopted = reading === "slab" ? adoptSocket(accepted, server, onread) : undefined;
    if (adopted === undefined) return new SocketStream(accepted, names);
    return belongTo(new SocketStream(adopted, names, "by itself"));
  }

  get localWhere(): string {
    const { localAddress = "", localPort = 0 } = this.socket as Socket;
    return this.#names.localWhere ?? formatHostPort(localAddress, localPort);
  }

  get remoteWhere(): string {
    if (this.#remoteWhere !== "") return this.#remoteWhere;
    const { remoteAddress = "", remotePort = 0 } = this.socket as Socket;
    return this.#names.remoteWhere ?? (remoteAddress === "" ? "" : formatHostPort(remoteAddress, remotePort));
  }

  get source(): string {
    return this.#names.source ?? (this.socket as Socket).remoteAddress ?? "";
  }

  get waitingBytes(): number {
    return this.socket.writableLength;
  }

  get takenMark(): number {
    // What was given in one piece leaves `writableLength` as a whole; the handle, undocumented, tells of each byte.
    const { _handle: handle } = this.socket as { _handle?: { writeQueueSize?: number } | null };
    return handle?.writeQueueSize ?? this.socket.writableLength;
  }

  get losesUnread(): boolean {
    return (this.socket as Socket).remotePort === undefined;
  }

  get isClosed(): boolean {
    return this.socket.destroyed;
  }

  read(sink: ByteSink, onEnd: (error: CulvertError | undefined) => void): void {
    const isFirst = this.#sink === undefined;
    this.#sink = sink;
    this.#onEnd = onEnd;
    const early = this.#early;
    this.#early = undefined;
    if (this.#hasEnded) queueMicrotask(() => onEnd(this.#failure));
    else if (isFirst && (early === undefined || sink.append(early))) this.socket.resume();
  }

  resume(): void {
    this.socket.resume();
  }

  write(parts: readonly Uint8Array[], onTaken?: () => void): void {
    const { socket } = this;
    const last = parts.length - 1;
    if (last > 0) socket.cork();
    for (let i = 0; i < last; i++) socket.write(parts[i]);
    socket.write(parts[last], onTaken);
    if (last > 0) socket.uncork();
  }

  close(limitMs: number): Promise<void> {
    const { socket } = this;
    if (socket.closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => socket.destroy(), limitMs);
      socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      socket.resume();
      socket.end();
    });
  }

  closeSoon(): void {
    const { socket } = this;
    if (socket.writable) socket.end();
    if (socket.writableFinished) socket.destroy();
    else socket.once("finish", () => socket.destroy());
  }

  destroy(reason?: CulvertError): void {
    this.socket.destroy(reason);
  }

  whenClosed(callback: () => void): void {
    if (this.socket.closed) callback();
    else this.socket.once("close", callback);
  }

  /** Where bytes go now. */
  get sink(): ByteSink | undefined {
    return this.#sink;
  }

  /** Takes bytes in memory of their own, which wait if nobody reads. Returns false when reading is to stop. */
  append(chunk: Uint8Array): boolean {
    if (this.#sink !== undefined) return this.#sink.append(chunk);
    this.#early = chunk;
    return false;
  }

  #end(error?: CulvertError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#failure = error;
    this.#onEnd(error);
  }

  #mapped(error: Error): CulvertError {
    return isCulvertError(error) ? error : systemError(error, `keep connection to ${this.remoteWhere}`);
  }
}

/** Options of a socket that reads into a stream's memory. Node asks for the first memory before there is a stream. */
function readIntoStream(): { onread: OnReadOpts; belongTo(stream: SocketStream): SocketStream } {
  let stream: SocketStream | undefined;
  let ownSpace: Uint8Array | undefined;
  return {
    onread: {
      buffer: () => {
        const space = stream?.sink?.space();
        if (space !== undefined) return space;
        ownSpace = Buffer.allocUnsafeSlow(firstReadBytes);
        return ownSpace;
      },
      callback: (count, space) => {
        if (space !== ownSpace) return stream?.sink?.filled(count) ?? false;
        ownSpace = undefined;
        return stream?.append(space.subarray(0, count)) ?? false;
      },
    },
    belongTo: (made) => {
      stream = made;
      return made;
    },
  };
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
