import type { RemoteInfo, Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { askRefusal, type Connection, CulvertError, type Listener, type ListenOptions } from "@x/core";
import { AcceptedPath } from "./accepted-path.js";
import { CookieJar } from "./cookie-jar.js";
import { type Datagram, decodeDatagram, encodeDatagram, kinds, protocolVersion } from "./datagram.js";
import { decodeHello, encodeWelcome, type Hello, helloBytes, helloCookie } from "./hello.js";
import { maxUnknownRepliesPerSecond } from "./limits.js";
import { openSocket } from "./open-socket.js";
import { RateLimit } from "./rate-limit.js";
import { SourceCounter } from "./source-counter.js";
import { listenError, systemError } from "./system-error.js";
import { UdpConnection } from "./udp-connection.js";
import { formatWhere, parseWhere } from "./where.js";
import type { WireContext } from "./wire-context.js";

/** Begins to listen on `host:port`. See `Transport.listen`. */
export async function listenUdp(
  where: string,
  options: ListenOptions,
  context: WireContext,
): Promise<Listener> {
  const { host, port } = parseWhere(where);
  try {
    const { address } = await lookup(host);
    return new UdpListener(await bindSocket(address, port), options, context);
  } catch (error) {
    throw listenError(error, where);
  }
}

async function bindSocket(address: string, port: number): Promise<Socket> {
  const socket = openSocket(address);
  // Binding may be done before `bind` returns.
  const bound = once(socket, "listening");
  socket.bind(port, address);
  try {
    await bound;
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

interface Peer {
  readonly connection: UdpConnection;
  readonly path: AcceptedPath;
}

class UdpListener implements Listener {
  readonly where: string;
  readonly #socket: Socket;
  readonly #onConnection: (connection: Connection) => void;
  readonly #refusal: (() => string | undefined) | undefined;
  readonly #context: WireContext;
  readonly #peers = new Map<string, Peer>();
  readonly #sources: SourceCounter;
  readonly #jar = new CookieJar();
  readonly #unknownReplies = new RateLimit(maxUnknownRepliesPerSecond);
  #accepting = true;
  #closing: Promise<void> | undefined;

  constructor(socket: Socket, options: ListenOptions, context: WireContext) {
    const { address, port } = socket.address();
    this.where = formatWhere(address, port);
    this.#socket = socket;
    this.#onConnection = options.onConnection;
    this.#refusal = options.refusal;
    this.#context = context;
    this.#sources = new SourceCounter(context.settings);
    socket.on("message", (bytes, source) => this.#onMessage(bytes, source));
    socket.on("error", (error) => context.settings.onReport(systemError(error, `receive on ${this.where}`)));
  }

  stopAccepting(): void {
    this.#accepting = false;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.stopAccepting();
    await Promise.all([...this.#peers.values()].map(({ connection }) => connection.close()));
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #onMessage(bytes: Buffer, source: RemoteInfo): void {
    const datagram = decodeDatagram(bytes);
    if (datagram === undefined) this.#context.counters.malformed++;
    else if (datagram.kind === kinds.hello) this.#onHello(datagram, source);
    else this.#onOther(datagram, source);
  }

  #onOther(datagram: Datagram, source: RemoteInfo): void {
    const peer = this.#peers.get(datagram.id);
    if (datagram.version !== protocolVersion) this.#context.counters.malformed++;
    else if (peer === undefined) this.#onUnknown(datagram, source);
    else {
      peer.path.noteSource(source, datagram);
      peer.connection.receive(datagram);
    }
  }

  /** Tells a peer that this listener does not know its connection, for example after a restart. */
  #onUnknown({ kind, id }: Datagram, source: RemoteInfo): void {
    this.#context.counters.unknown++;
    const isWorthIt = kind === kinds.ping || kind === kinds.frame || kind === kinds.fragment;
    if (isWorthIt && this.#unknownReplies.take()) this.#reply(encodeDatagram(kinds.unknown, id), source);
  }

  #onHello({ version, id, body }: Datagram, source: RemoteInfo): void {
    const hello = decodeHello(body);
    if (version !== protocolVersion) this.#reply(encodeDatagram(kinds.unsupported, id), source);
    // A hello is at least as long as any answer, or a forged source address would get more than its forger sent.
    else if (hello === undefined || body.length < helloBytes) this.#context.counters.malformed++;
    else this.#greet(id, hello, { body, source });
  }

  #greet(id: string, hello: Hello, { body, source }: { body: Buffer; source: RemoteInfo }): void {
    const where = formatWhere(source.address, source.port);
    if (!this.#jar.check(helloCookie(body), where, id)) {
      this.#reply(encodeDatagram(kinds.cookie, id, this.#jar.make(where, id)), source);
      return;
    }
    // A hello for a connection that exists says that the welcome was lost.
    if (this.#peers.has(id)) this.#reply(this.#welcome(id), source);
    else this.#admit(id, hello, source);
  }

  #admit(id: string, hello: Hello, source: RemoteInfo): void {
    const reason = this.#noRoom(source.address);
    if (reason === undefined) {
      this.#accept(id, hello, source);
      return;
    }
    this.#reply(encodeDatagram(kinds.full, id), source);
    const who = formatWhere(source.address, source.port);
    const message = `Cannot accept connection from ${who} on ${this.where}: ${reason}`;
    this.#context.settings.onReport(new CulvertError("CONNECTION_LIMIT_EXCEEDED", message));
  }

  /** Says why there is no room for another connection. */
  #noRoom(address: string): string | undefined {
    const { maxConnections } = this.#context.settings;
    if (!this.#accepting) return "the listener stopped accepting";
    if (this.#peers.size >= maxConnections)
      return `the listener has its limit of ${maxConnections} connections`;
    return this.#sources.refusal(address) ?? askRefusal(this.#refusal);
  }

  #accept(id: string, hello: Hello, source: RemoteInfo): void {
    const shared = { socket: this.#socket, where: this.where, counters: this.#context.counters };
    const leaveSource = this.#sources.add(source.address);
    const path = new AcceptedPath(id, source, shared, () => {
      leaveSource();
      this.#peers.delete(id);
    });
    const connection = new UdpConnection(id, path, hello, this.#context);
    this.#peers.set(id, { connection, path });
    // The welcome leaves first, so that the peer knows the connection when frames come.
    this.#reply(this.#welcome(id), source);
    try {
      this.#onConnection(connection);
    } catch (error) {
      void connection.close();
      const message = `Cannot take connection from ${connection.remoteWhere}: its receiver failed`;
      this.#context.settings.onReport(new CulvertError("INTERNAL", message, { cause: error }));
    }
  }

  #welcome(id: string): Buffer {
    return encodeDatagram(kinds.welcome, id, encodeWelcome(this.#context.settings));
  }

  #reply(datagram: Buffer, { port, address }: RemoteInfo): void {
    this.#socket.send(datagram, port, address, (error) => {
      if (error) this.#context.counters.unsent++;
    });
  }
}
