import type { Socket } from "node:dgram";
import { CulvertError, formatHostPort } from "@x/core";
import { systemCode } from "@x/transport-kit/node";
import type { Counting } from "../counters.js";
import type { DatagramPath, UdpConnection } from "../udp-connection.js";

/** The path of a dialled connection: a socket of its own, connected to the peer. */
export class DialledPath implements DatagramPath {
  readonly localWhere: string;
  readonly remoteWhere: string;
  readonly source: string;
  /** The connection that uses this path. */
  connection: UdpConnection | undefined;
  readonly #socket: Socket;
  readonly #counters: Counting;
  #isOpen = true;
  #wasRefused = false;

  constructor(socket: Socket, where: string, counters: Counting) {
    const { address, port } = socket.address();
    this.localWhere = formatHostPort(address, port);
    this.remoteWhere = where;
    this.source = where;
    this.#socket = socket;
    this.#counters = counters;
  }

  readonly send = (datagram: Buffer, done: () => void): void => {
    if (!this.#isOpen) {
      setImmediate(done);
      return;
    }
    this.#socket.send(datagram, (error) => {
      if (error) this.onError(error);
      done();
    });
  };

  /** The peer is there. */
  heard(): void {
    this.#wasRefused = false;
  }

  /** The system says that something did not get through. */
  onError(error: Error): void {
    this.#counters.unsent++;
    if (systemCode(error) !== "ECONNREFUSED") return;
    // One such message can be stale or forged, so ask again: a second one without a sign of life between is believed.
    if (this.#wasRefused) this.connection?.end(gone(this.remoteWhere, error));
    else this.connection?.probe();
    this.#wasRefused = true;
  }

  release(): Promise<void> {
    if (!this.#isOpen) return Promise.resolve();
    this.#isOpen = false;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}

function gone(where: string, cause: Error): CulvertError {
  return new CulvertError(
    "CONNECTION_RESET",
    `Cannot keep connection to ${where}: nobody listens there any more`,
    {
      cause,
    },
  );
}
