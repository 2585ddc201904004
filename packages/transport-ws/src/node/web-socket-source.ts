import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Listener, ListenOptions } from "@x/core";
import {
  type BudgetShare,
  FairBudget,
  type GuestSource,
  listenForMessages,
  type MessageWire,
  maxSocketsOf,
  type TransportShares,
} from "@x/transport-kit";
import { type Bound, listenError, listenOnHost, systemError } from "@x/transport-kit/node";
import { WebSocketServer } from "ws";
import { subProtocol } from "../limits.js";
import type { Place } from "../place.js";
import type { WsSettings } from "../settings.js";
import { WebSocketWire } from "../web-socket-wire.js";
import { addressOf, refusalOf, whereOf } from "./visitor.js";

/**
 * Listens for WebSockets on all addresses of a host.
 *
 * @throws CulvertError LISTEN_ADDRESS_TAKEN, LISTEN_FAILED
 */
export async function listenForSockets(
  place: Place,
  options: ListenOptions,
  settings: WsSettings,
  shares: TransportShares,
): Promise<Listener> {
  const source = new WebSocketSource(place, settings);
  const bound = await listenOnHost(place, (address, port) => source.bind(address, port));
  source.where = bound.where + (place.path === "/" ? "" : place.path);
  return listenForMessages(source, options, settings, shares);
}

/** HTTP servers, as what a listener accepts WebSockets from. */
class WebSocketSource implements GuestSource<MessageWire> {
  where = "";
  readonly #place: Place;
  readonly #settings: WsSettings;
  readonly #upgrades: WebSocketServer;
  readonly #servers: Server[] = [];
  /** Connections that have not asked for a WebSocket, each with its place. */
  readonly #strangers = new Map<Socket, BudgetShare>();
  /** Places for them. The oldest of the host that has most gives way. */
  readonly #places: FairBudget;
  /** What was accepted before anybody was ready for it. */
  readonly #early: MessageWire[] = [];
  #accept: ((wire: MessageWire) => void) | undefined;
  #stopped: Promise<void> | undefined;

  constructor(place: Place, settings: WsSettings) {
    this.#place = place;
    this.#settings = settings;
    this.#places = new FairBudget(settings.maxHandshakes);
    this.#upgrades = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: settings.maxFrameBytes + 1,
      handleProtocols: () => subProtocol,
    });
  }

  async bind(address: string, port: number): Promise<Bound> {
    const server = this.#newServer();
    server.maxConnections = maxSocketsOf(this.#settings);
    server.on(this.#isSecure ? "secureConnection" : "connection", (socket: Socket) => this.#meet(socket));
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    await once(server.listen({ host: address, port }), "listening");
    const { onReport } = this.#settings;
    server.on("error", (error) => onReport(systemError(error, `accept on ${this.where}`)));
    this.#servers.push(server);
    return { ...(server.address() as AddressInfo), close: () => closed(server) };
  }

  start(accept: (wire: MessageWire) => void): void {
    this.#accept = accept;
    for (const wire of this.#early.splice(0)) accept(wire);
  }

  stop(): Promise<void> {
    this.#stopped ??= Promise.all(this.#servers.map(closed)).then(() => {});
    for (const stranger of this.#strangers.keys()) stranger.destroy();
    return this.#stopped;
  }

  get #isSecure(): boolean {
    return this.#place.scheme === "wss";
  }

  #newServer(): Server {
    const { handshakeTimeoutMs, tls } = this.#settings;
    const options = {
      noDelay: true,
      headersTimeout: handshakeTimeoutMs,
      requestTimeout: handshakeTimeoutMs,
      connectionsCheckingInterval: handshakeTimeoutMs,
    };
    const answer: Parameters<typeof createServer>[1] = (_, response) => {
      response.writeHead(426, { connection: "close", upgrade: "websocket" }).end();
    };
    if (!this.#isSecure) return createServer(options, answer);
    try {
      return createSecureServer({ ...options, ...tls, handshakeTimeout: handshakeTimeoutMs }, answer);
    } catch (error) {
      throw listenError(error, this.#place.where);
    }
  }

  #meet(socket: Socket): void {
    const place = this.#places.joinWhole(socket.remoteAddress ?? "", () => socket.destroy());
    this.#strangers.set(socket, place);
    socket.once("close", () => this.#forget(socket));
    place.set(1);
  }

  #forget(stranger: Socket): void {
    this.#strangers.get(stranger)?.leave();
    this.#strangers.delete(stranger);
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#forget(socket);
    const status = refusalOf(request, this.#place, this.#settings);
    if (status !== undefined) {
      socket.on("error", () => {});
      // Nobody looks at its time any more, and it may never end its side.
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
        () => socket.destroy(),
      );
      return;
    }
    const source = addressOf(request, this.#settings.trustedProxies);
    const names = { localWhere: this.where, remoteWhere: whereOf(request, source), source };
    this.#upgrades.handleUpgrade(request, socket, head, (webSocket) => {
      const wire = new WebSocketWire(webSocket, { ...names, readBytes: () => socket.bytesRead });
      if (this.#accept === undefined) this.#early.push(wire);
      else this.#accept(wire);
    });
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
