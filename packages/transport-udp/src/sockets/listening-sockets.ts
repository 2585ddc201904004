import type { RemoteInfo, Socket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { type CulvertError, formatHostPort, ipv6Groups, parseHostPort } from "@x/core";
import { type Bound, bindAll, listenError, listenOnHost, systemError } from "@x/transport-kit/node";
import { addressScanMs, maxLocalAddresses } from "../limits.js";
import { openSocket } from "./open-socket.js";

/** A socket of a listener, bound to one address. */
export interface ListeningSocket extends Bound {
  readonly socket: Socket;
  /** Connections that use it. */
  users: number;
}

/** What a listener does with what comes. */
export interface DatagramTaker {
  readonly onDatagram: (bytes: Buffer, source: RemoteInfo, socket: ListeningSocket) => void;
  /** Told of errors of the sockets. */
  readonly onReport: (error: CulvertError) => void;
}

/**
 * The sockets of a listener, one for each address. One socket for all addresses of a machine could not tell at which a datagram
 * was asked, and would answer from whichever the system likes (Node has no IP_PKTINFO); so `0.0.0.0` and `[::]` become a socket
 * for each address that the machine has, and those that come later get one within {@link addressScanMs}.
 */
export class ListeningSockets {
  /** Where it listens: the address, or what it was told if that stands for several. */
  readonly where: string;
  readonly #bound = new Map<string, ListeningSocket>();
  readonly #port: number;
  readonly #taker: DatagramTaker;
  /** Addresses that could not be bound, each reported once. */
  readonly #refused = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(where: string, bound: readonly ListeningSocket[], taker: DatagramTaker) {
    this.where = where;
    this.#taker = taker;
    this.#port = (bound[0] as ListeningSocket).port;
    for (const each of bound) this.#add(each);
  }

  /**
   * Begins to listen on ``host:port``.
   *
   * @throws CulvertError ADDRESS_INVALID, LISTEN_ADDRESS_TAKEN, LISTEN_FAILED
   */
  static async open(where: string, taker: DatagramTaker): Promise<ListeningSockets> {
    const place = parseHostPort(where);
    const addresses = isWildcard(place.host) ? localAddresses(place.host) : [];
    if (addresses.length === 0 || addresses.length > maxLocalAddresses) {
      const bound = await listenOnHost(place, bind);
      return new ListeningSockets(bound.where, bound.all, taker);
    }
    try {
      const bound = await bindAll(addresses, place.port, bind);
      const { port } = bound[0] as ListeningSocket;
      const sockets = new ListeningSockets(formatHostPort(place.host, port), bound, taker);
      sockets.#watchAddresses(place.host);
      return sockets;
    } catch (error) {
      throw listenError(error, where);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#bound.values()].map((each) => each.close()));
  }

  #add(bound: ListeningSocket): void {
    const { onDatagram, onReport } = this.#taker;
    this.#bound.set(bound.address, bound);
    bound.socket.on("message", (bytes, source) => onDatagram(bytes, source, bound));
    bound.socket.on("error", (error) => onReport(systemError(error, `receive on ${this.where}`)));
  }

  #watchAddresses(host: string): void {
    let isBusy = false;
    this.#timer = setInterval(() => {
      if (isBusy) return;
      isBusy = true;
      void this.#follow(localAddresses(host)).finally(() => {
        isBusy = false;
      });
    }, addressScanMs).unref();
  }

  /** Binds addresses that are new, and gives up those that are gone and that no connection uses. */
  async #follow(addresses: readonly string[]): Promise<void> {
    for (const [address, bound] of this.#bound) {
      if (addresses.includes(address) || bound.users > 0) continue;
      this.#bound.delete(address);
      await bound.close();
    }
    for (const address of addresses) {
      if (this.#bound.has(address) || this.#bound.size >= maxLocalAddresses) continue;
      try {
        this.#add(await bind(address, this.#port));
      } catch (error) {
        if (this.#refused.has(address)) continue;
        this.#refused.add(address);
        this.#taker.onReport(listenError(error, formatHostPort(address, this.#port)));
      }
    }
  }
}

async function bind(address: string, port: number): Promise<ListeningSocket> {
  const socket = openSocket(address);
  // Binding may be done before `bind` returns.
  const listening = once(socket, "listening");
  const closed = new Promise<void>((resolve) => socket.once("close", resolve));
  let isOpen = true;
  const close = (): Promise<void> => {
    if (isOpen) socket.close();
    isOpen = false;
    return closed;
  };
  try {
    socket.bind(port, address);
    await listening;
  } catch (error) {
    void close();
    throw error;
  }
  return { socket, users: 0, address, port: socket.address().port, close };
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || (ipv6Groups(host)?.every((group) => /^0+$/.test(group)) ?? false);
}

/** The addresses of this machine that a wildcard stands for: `[::]` for those of IPv4 too. */
function localAddresses(wildcard: string): readonly string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, infos = []]) =>
    infos
      .filter(({ family }) => family === "IPv4" || wildcard !== "0.0.0.0")
      .map((info) => {
        const zone = process.platform === "win32" && info.family === "IPv6" ? info.scopeid : name;
        return info.address.startsWith("fe80:") ? `${info.address}%${zone}` : info.address;
      }),
  );
}
