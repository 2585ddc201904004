import type { RemoteInfo } from "node:dgram";
import {
  askRefusal,
  type Connection,
  CulvertError,
  formatHostPort,
  type Listener,
  type ListenOptions,
} from "@x/core";
import { SourceCounter } from "@x/transport-kit";
import { maxRepliesInFlight, maxUnknownRepliesPerSecond } from "./limits.js";
import { AcceptedPath } from "./paths/accepted-path.js";
import { type ListeningSocket, ListeningSockets } from "./sockets/listening-sockets.js";
import { RateLimit } from "./sockets/rate-limit.js";
import { UdpConnection } from "./udp-connection.js";
import { CookieJar } from "./wire/cookie-jar.js";
import { type Datagram, decodeDatagram, encodeDatagram, kinds, protocolVersion } from "./wire/datagram.js";
import { decodeHello, encodeWelcome, type Hello, helloBytes, helloCookie } from "./wire/hello.js";
import type { WireContext } from "./wire/wire-context.js";

/** Begins to listen on `host:port`. See `Transport.listen`. */
export async function listenUdp(
  where: string,
  options: ListenOptions,
  context: WireContext,
): Promise<Listener> {
  let listener: UdpListener | undefined;
  const sockets = await ListeningSockets.open(where, {
    onDatagram: (bytes, source, socket) => listener?.take(bytes, source, socket),
    onReport: context.settings.onReport,
  });
  listener = new UdpListener(sockets, options, context);
  return listener;
}

/** Who sent a datagram, and at which address of this end. */
interface Asker {
  readonly address: string;
  readonly port: number;
  readonly socket: ListeningSocket;
}

interface Peer {
  readonly connection: UdpConnection;
  readonly path: AcceptedPath;
}

class UdpListener implements Listener {
  readonly where: string;
  readonly #sockets: ListeningSockets;
  readonly #onConnection: (connection: Connection) => void;
  readonly #refusal: (() => string | undefined) | undefined;
  readonly #context: WireContext;
  readonly #peers = new Map<string, Peer>();
  readonly #sources: SourceCounter;
  readonly #jar = new CookieJar();
  readonly #unknownReplies = new RateLimit(maxUnknownRepliesPerSecond);
  #repliesInFlight = 0;
  #accepting = true;
  #closing: Promise<void> | undefined;

  constructor(sockets: ListeningSockets, options: ListenOptions, context: WireContext) {
    this.where = sockets.where;
    this.#sockets = sockets;
    this.#onConnection = options.onConnection;
    this.#refusal = options.refusal;
    this.#context = context;
    this.#sources = new SourceCounter(context.settings);
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
    await this.#sockets.close();
  }

  /** Takes a datagram. Never throws. */
  take(bytes: Buffer, source: RemoteInfo, socket: ListeningSocket): void {
    const datagram = decodeDatagram(bytes);
    const { counters } = this.#context;
    const peer = datagram && this.#peers.get(datagram.id);
    if (datagram === undefined) counters.malformed++;
    else if (datagram.kind === kinds.hello) this.#onHello(datagram, { ...source, socket });
    else if (datagram.version !== protocolVersion) counters.malformed++;
    else if (peer === undefined) this.#onUnknown(datagram, { ...source, socket });
    else {
      peer.path.noteSource(source, datagram);
      peer.connection.receive(datagram);
    }
  }

  /** Tells a peer that this listener does not know its connection, for example after a restart. */
  #onUnknown({ kind, id }: Datagram, asker: Asker): void {
    this.#context.counters.unknown++;
    const isWorthIt = kind === kinds.ping || kind === kinds.frame || kind === kinds.fragment;
    if (isWorthIt && this.#unknownReplies.take()) this.#reply(encodeDatagram(kinds.unknown, id), asker);
  }

  #onHello({ version, id, body }: Datagram, asker: Asker): void {
    const hello = decodeHello(body);
    if (version !== protocolVersion) this.#reply(encodeDatagram(kinds.unsupported, id), asker);
    // A hello is at least as long as any answer, or a forged source address would get more than its forger sent.
    else if (hello === undefined || body.length < helloBytes) this.#context.counters.malformed++;
    else this.#greet(id, hello, { body, asker });
  }

  #greet(id: string, hello: Hello, { body, asker }: { body: Buffer; asker: Asker }): void {
    const where = formatHostPort(asker.address, asker.port);
    if (!this.#jar.check(helloCookie(body), where, id)) {
      this.#reply(encodeDatagram(kinds.cookie, id, this.#jar.make(where, id)), asker);
      return;
    }
    // A hello for a connection that exists says that the welcome was lost.
    if (this.#peers.has(id)) this.#reply(this.#welcome(id), asker);
    else this.#admit(id, hello, asker);
  }

  #admit(id: string, hello: Hello, asker: Asker): void {
    const reason = this.#noRoom(asker.address);
    if (reason === undefined) {
      this.#accept(id, hello, asker);
      return;
    }
    this.#reply(encodeDatagram(kinds.full, id), asker);
    const who = formatHostPort(asker.address, asker.port);
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

  #accept(id: string, hello: Hello, asker: Asker): void {
    const { socket } = asker;
    const shared = {
      socket: socket.socket,
      where: formatHostPort(socket.address, socket.port),
      counters: this.#context.counters,
    };
    const leaveSource = this.#sources.add(asker.address);
    socket.users++;
    const path = new AcceptedPath(id, asker, shared, () => {
      socket.users--;
      leaveSource();
      this.#peers.delete(id);
    });
    const connection = new UdpConnection(id, path, hello, this.#context);
    this.#peers.set(id, { connection, path });
    // The welcome leaves first, so that the peer knows the connection when frames come.
    this.#reply(this.#welcome(id), asker);
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

  #reply(datagram: Buffer, { port, address, socket: { socket } }: Asker): void {
    const { counters } = this.#context;
    // A system that cannot send must not make this process hold an answer for each datagram that comes.
    if (this.#repliesInFlight >= maxRepliesInFlight) {
      counters.unsent++;
      return;
    }
    this.#repliesInFlight++;
    socket.send(datagram, port, address, (error) => {
      this.#repliesInFlight--;
      if (error) counters.unsent++;
    });
  }
}
