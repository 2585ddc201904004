import { randomBytes } from "node:crypto";
import type { RemoteInfo, Socket } from "node:dgram";
import { formatHostPort } from "@x/core";
import type { Counting } from "../counters.js";
import { moveRetryMs } from "../limits.js";
import type { DatagramPath } from "../udp-connection.js";
import { type Datagram, encodeDatagram, kinds } from "../wire/datagram.js";

/** Where a datagram comes from. */
export type Source = Pick<RemoteInfo, "address" | "port">;

/** The socket that all connections of a listener share. */
export interface SharedSocket {
  readonly socket: Socket;
  readonly where: string;
  readonly counters: Counting;
}

/** A source that the peer may have moved to, and the token it has to return from there. */
interface Candidate {
  readonly source: Source;
  readonly token: Buffer;
  readonly since: number;
}

/** The path of an accepted connection: the listener's socket and the peer's address, which a NAT may change. */
export class AcceptedPath implements DatagramPath {
  readonly source: string;
  readonly #id: string;
  readonly #shared: SharedSocket;
  readonly #onRelease: () => void;
  #source: Source;
  #candidate: Candidate | undefined;

  constructor(id: string, source: Source, shared: SharedSocket, onRelease: () => void) {
    this.#id = id;
    this.source = source.address;
    this.#source = { address: source.address, port: source.port };
    this.#shared = shared;
    this.#onRelease = onRelease;
  }

  get localWhere(): string {
    return this.#shared.where;
  }

  get remoteWhere(): string {
    return formatHostPort(this.#source.address, this.#source.port);
  }

  readonly send = (datagram: Buffer, done: () => void): void => this.#sendTo(this.#source, datagram, done);

  /** Takes note of where a datagram of this connection came from. */
  noteSource(source: Source, datagram: Datagram): void {
    if (isSame(source, this.#source)) return;
    const candidate = this.#candidate;
    if (candidate !== undefined && datagram.kind === kinds.pong && isSame(source, candidate.source)) {
      if (datagram.body.equals(candidate.token)) this.#moveTo(candidate.source);
    } else if (candidate === undefined || performance.now() - candidate.since > moveRetryMs)
      this.#challenge(source);
  }

  async release(): Promise<void> {
    this.#onRelease();
  }

  /** Whoever knows the connection's id could have sent this from a forged address, so only an answer from there counts. */
  #challenge(source: Source): void {
    const token = randomBytes(8);
    this.#candidate = {
      source: { address: source.address, port: source.port },
      token,
      since: performance.now(),
    };
    this.#sendTo(source, encodeDatagram(kinds.ping, this.#id, token), () => {});
  }

  #moveTo(source: Source): void {
    this.#source = source;
    this.#candidate = undefined;
  }

  #sendTo(source: Source, datagram: Buffer, done: () => void): void {
    try {
      this.#shared.socket.send(datagram, source.port, source.address, (error) => {
        if (error) this.#shared.counters.unsent++;
        done();
      });
    } catch {
      // The listener's socket is closed.
      setImmediate(done);
    }
  }
}

function isSame(one: Source, other: Source): boolean {
  return one.port === other.port && one.address === other.address;
}
