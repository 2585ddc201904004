import type { Server, Socket } from "node:net";
import type { GuestSource } from "../listening/guest-listener.js";
import type { ByteStream } from "../streams/byte-stream.js";

/** The sockets that servers accept, as what a listener accepts from. */
export class SocketSource implements GuestSource<ByteStream> {
  /** Set by the owner when the servers listen. */
  where = "";
  readonly #toStream: (socket: Socket, server: Server) => ByteStream;
  readonly #servers: Server[] = [];
  /** What was accepted before anybody was ready for it. */
  readonly #early: ByteStream[] = [];
  #accept: ((stream: ByteStream) => void) | undefined;
  #stopped: Promise<void> | undefined;

  constructor(toStream: (socket: Socket, server: Server) => ByteStream) {
    this.#toStream = toStream;
  }

  /** Takes in a server, before or right after it listens. Its sockets have to be paused on connect. */
  add(server: Server): void {
    this.#servers.push(server);
    server.on("connection", (socket) => {
      const stream = this.#toStream(socket, server);
      if (this.#accept === undefined) this.#early.push(stream);
      else this.#accept(stream);
    });
  }

  start(accept: (stream: ByteStream) => void): void {
    this.#accept = accept;
    for (const stream of this.#early.splice(0)) accept(stream);
  }

  stop(): Promise<void> {
    const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
    this.#stopped ??= Promise.all(this.#servers.map(closed)).then(() => {});
    return this.#stopped;
  }
}
