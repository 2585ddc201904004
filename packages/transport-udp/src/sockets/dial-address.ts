import { randomBytes } from "node:crypto";
import type { Socket } from "node:dgram";
import { CulvertError } from "@x/core";
import { systemCode, systemError } from "@x/transport-kit/node";
import { helloRetryMs, maxHelloRetryMs } from "../limits.js";
import { DialledPath } from "../paths/dialled-path.js";
import { UdpConnection } from "../udp-connection.js";
import {
  type Datagram,
  decodeDatagram,
  encodeDatagram,
  idBytes,
  kinds,
  protocolVersion,
} from "../wire/datagram.js";
import { cookieBytes, decodeHello, encodeHello, type Hello } from "../wire/hello.js";
import type { WireContext } from "../wire/wire-context.js";
import { openSocket } from "./open-socket.js";

/** One attempt to reach one address. */
export interface Attempt {
  readonly address: string;
  readonly port: number;
  /** The place as it was dialled. */
  readonly where: string;
  /** Ends the attempt with its reason. */
  readonly signal: AbortSignal;
  readonly context: WireContext;
}

/** Opens a connection to an address. */
export async function dialAddress(attempt: Attempt): Promise<UdpConnection> {
  const socket = openSocket(attempt.address);
  const dialling = new Dialling(socket, attempt);
  try {
    return await dialling.run();
  } catch (error) {
    socket.close();
    throw error;
  } finally {
    dialling.stop();
  }
}

class Dialling {
  readonly #socket: Socket;
  readonly #attempt: Attempt;
  readonly #id = randomBytes(idBytes).toString("latin1");
  #cookie: Buffer | undefined;
  #connection: UdpConnection | undefined;
  #path: DialledPath | undefined;
  #retryMs = helloRetryMs;
  #retryTimer: NodeJS.Timeout | undefined;
  #onAbort: () => void = () => {};
  #resolve: (connection: UdpConnection) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(socket: Socket, attempt: Attempt) {
    this.#socket = socket;
    this.#attempt = attempt;
  }

  run(): Promise<UdpConnection> {
    const { signal, address, port } = this.#attempt;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#onAbort = (): void => reject(signal.reason);
      signal.addEventListener("abort", this.#onAbort);
      if (signal.aborted) this.#onAbort();
      this.#socket.on("error", (error) => this.#onError(error));
      this.#socket.on("message", (bytes) => this.#onMessage(bytes));
      this.#socket.on("connect", () => this.#sayHello());
      this.#socket.connect(port, address);
    });
  }

  /** Stops trying. */
  stop(): void {
    clearTimeout(this.#retryTimer);
    this.#attempt.signal.removeEventListener("abort", this.#onAbort);
  }

  #sayHello(): void {
    clearTimeout(this.#retryTimer);
    const body = encodeHello(this.#attempt.context.settings, this.#cookie);
    this.#socket.send(encodeDatagram(kinds.hello, this.#id, body), (error) => {
      if (error) this.#onError(error);
    });
    this.#retryTimer = setTimeout(() => this.#sayHello(), this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, maxHelloRetryMs);
  }

  #onMessage(bytes: Buffer): void {
    const datagram = decodeDatagram(bytes);
    if (datagram === undefined || datagram.id !== this.#id) this.#attempt.context.counters.malformed++;
    else if (this.#connection === undefined) this.#onAnswer(datagram);
    else if (datagram.version === protocolVersion) {
      this.#path?.heard();
      this.#connection.receive(datagram);
    }
  }

  #onAnswer({ kind, body, version }: Datagram): void {
    const { where } = this.#attempt;
    if (kind === kinds.cookie && body.length === cookieBytes) {
      if (this.#cookie?.equals(body)) return;
      this.#cookie = body;
      this.#sayHello();
    } else if (kind === kinds.welcome) this.#onWelcome(decodeHello(body));
    else if (kind === kinds.full) this.#reject(full(where));
    else if (kind === kinds.unsupported) this.#reject(unsupported(where, version));
  }

  #onWelcome(peer: Hello | undefined): void {
    if (peer === undefined) {
      this.#reject(nonsense(this.#attempt.where));
      return;
    }
    this.stop();
    // Made at once, because frames may be right behind.
    const path = new DialledPath(this.#socket, this.#attempt.where, this.#attempt.context.counters);
    this.#path = path;
    this.#connection = new UdpConnection(this.#id, path, peer, this.#attempt.context);
    path.connection = this.#connection;
    this.#resolve(this.#connection);
  }

  #onError(error: Error): void {
    if (this.#path !== undefined) this.#path.onError(error);
    else if (systemCode(error) !== "EMSGSIZE") {
      this.#reject(systemError(error, `connect to ${this.#attempt.where}`));
    }
  }
}

function full(where: string): CulvertError {
  return new CulvertError(
    "CONNECTION_LIMIT_EXCEEDED",
    `Cannot connect to ${where}: the peer has no room for another connection`,
  );
}

function unsupported(where: string, version: number): CulvertError {
  return new CulvertError(
    "VERSION_UNSUPPORTED",
    `Cannot connect to ${where}: the peer speaks version ${version} of the protocol`,
  );
}

function nonsense(where: string): CulvertError {
  return new CulvertError(
    "HANDSHAKE_FAILED",
    `Cannot connect to ${where}: the peer's welcome makes no sense`,
  );
}
