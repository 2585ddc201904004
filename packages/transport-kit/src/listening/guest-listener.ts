import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { askRefusal, type Connection, CulvertError, type Listener, type ListenOptions } from "@x/core";
import { shakeHands, turnAway, turnAwayAtOnce } from "./handshake.js";
import { maxTurnedAway } from "./limits.js";
import type { TcpSettings } from "./settings.js";
import { acceptLink } from "./socket-link.js";
import { SourceCounter } from "./source-counter.js";
import { listenError, systemError } from "./system-error.js";
import { TcpConnection } from "./tcp-connection.js";
import type { TcpShares } from "./tcp-shares.js";
import { formatWhere, parseWhere } from "./where.js";

/** Begins to listen on `host:port`. See `Transport.listen`. */
export async function listenTcp(
  where: string,
  options: ListenOptions,
  settings: TcpSettings,
  shared: TcpShares,
): Promise<Listener> {
  const { host, port } = parseWhere(where);
  const server = createServer({ pauseOnConnect: true, noDelay: true });
  try {
    server.listen({ host, port });
    await once(server, "listening");
  } catch (error) {
    throw listenError(error, where);
  }
  return new TcpListener(server, options, settings, shared);
}

class TcpListener implements Listener {
  readonly where: string;
  readonly #server: Server;
  readonly #onConnection: (connection: Connection) => void;
  readonly #refusal: (() => string | undefined) | undefined;
  readonly #settings: TcpSettings;
  readonly #shared: TcpShares;
  /** Sockets that have not said hello, oldest first. */
  readonly #strangers = new Set<Socket>();
  readonly #connections = new Map<Socket, Connection>();
  /** All sockets, also those that have not said hello. */
  readonly #sources: SourceCounter;
  /** Resolves when the system's socket is closed and all accepted sockets are. */
  #stopped: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(server: Server, options: ListenOptions, settings: TcpSettings, shared: TcpShares) {
    const { address, port } = server.address() as AddressInfo;
    this.where = formatWhere(address, port);
    this.#server = server;
    this.#onConnection = options.onConnection;
    this.#refusal = options.refusal;
    this.#settings = settings;
    this.#sources = new SourceCounter(settings);
    this.#shared = shared;
    // Beyond this the system's own refusal must do, or telling everybody would take all file descriptors.
    server.maxConnections = settings.maxConnections + settings.maxHandshakes + maxTurnedAway;
    server.on("connection", (socket) => this.#accept(socket));
    server.on("error", (error) => settings.onReport(systemError(error, `accept on ${this.where}`)));
  }

  stopAccepting(): void {
    this.#stopped ??= new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const stranger of this.#strangers) stranger.destroy();
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
    await Promise.all([...this.#connections.values()].map((connection) => connection.close()));
    await this.#stopped;
  }

  #accept(accepted: Socket): void {
    accepted.on("error", () => {});
    const { maxConnections, onReport } = this.#settings;
    if (this.#connections.size >= maxConnections) {
      onReport(this.#full(accepted, `the listener has its limit of ${maxConnections} connections`));
      turnAway(accepted, this.#settings);
      return;
    }
    const refusal = this.#sources.refusal(accepted.remoteAddress ?? "") ?? askRefusal(this.#refusal);
    if (refusal !== undefined) {
      onReport(this.#full(accepted, refusal));
      turnAwayAtOnce(accepted, this.#settings);
      return;
    }
    this.#makeRoomForStranger();
    this.#greet(accepted).catch((error: CulvertError) => this.#settings.onReport(error));
  }

  async #greet(accepted: Socket): Promise<void> {
    const link = acceptLink(accepted, this.#server, this.#settings);
    const { socket } = link;
    socket.on("error", () => {});
    socket.once("close", this.#sources.add(socket.remoteAddress ?? ""));
    this.#strangers.add(socket);
    this.#shared.counting.handshakes++;
    try {
      const peer = await shakeHands(link, this.#settings);
      if (socket.destroyed) return;
      const connection = new TcpConnection({ ...link, peer }, this.#settings, this.#shared);
      this.#connections.set(socket, connection);
      socket.once("close", () => this.#connections.delete(socket));
      this.#introduce(connection);
    } finally {
      this.#shared.counting.handshakes--;
      this.#strangers.delete(socket);
    }
  }

  #introduce(connection: Connection): void {
    try {
      this.#onConnection(connection);
    } catch (error) {
      void connection.close();
      const message = `Cannot take connection from ${connection.remoteWhere}: its receiver failed`;
      this.#settings.onReport(new CulvertError("INTERNAL", message, { cause: error }));
    }
  }

  #full({ remoteAddress = "", remotePort = 0 }: Socket, reason: string): CulvertError {
    const who = remoteAddress === "" ? "a peer" : formatWhere(remoteAddress, remotePort);
    const message = `Cannot accept connection from ${who} on ${this.where}: ${reason}`;
    return new CulvertError("CONNECTION_LIMIT_EXCEEDED", message);
  }

  #makeRoomForStranger(): void {
    if (this.#strangers.size < this.#settings.maxHandshakes) return;
    for (const oldest of this.#strangers) {
      this.#strangers.delete(oldest);
      oldest.destroy(
        new CulvertError(
          "CONNECTION_LIMIT_EXCEEDED",
          `Cannot wait for hello: limit is ${this.#settings.maxHandshakes} at a time`,
        ),
      );
      return;
    }
  }
}
