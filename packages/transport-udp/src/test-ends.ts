import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Connection, CulvertError, Listener } from "@x/core";
import type { UdpOptions } from "./settings.js";
import { type UdpTransport, udp } from "./udp.js";

/** One end of a connection under test: what it received, and how it ended. */
export class TestEnd {
  readonly connection: Connection;
  readonly frames: Uint8Array[] = [];
  closedWith: CulvertError | "in order" | undefined;
  readonly #checks = new Set<() => void>();

  constructor(connection: Connection) {
    this.connection = connection;
    connection.start({
      onFrame: (frame) => {
        this.frames.push(frame);
        this.#changed();
        return undefined;
      },
      onClose: (reason) => {
        this.closedWith = reason ?? "in order";
        this.#changed();
      },
    });
  }

  /** Resolves as soon as `condition` holds. */
  until(condition: () => boolean, limitMs = 5_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#checks.delete(check);
      };
      const check = (): void => {
        if (!condition()) return;
        done();
        resolve();
      };
      const timer = setTimeout(() => {
        done();
        reject(
          new Error(
            `nothing happened within ${limitMs} ms: ${this.frames.length} frames, ${this.closedWith}`,
          ),
        );
      }, limitMs);
      this.#checks.add(check);
      check();
    });
  }

  untilClosed(limitMs?: number): Promise<void> {
    return this.until(() => this.closedWith !== undefined, limitMs);
  }

  #changed(): void {
    for (const check of this.#checks) check();
  }
}

/** A listener under test and what it accepted. */
export interface TestListener {
  readonly transport: UdpTransport;
  readonly listener: Listener;
  readonly ends: TestEnd[];
  accepted(count: number): Promise<void>;
}

/** Listens on loopback. */
export async function testListener(options: UdpOptions = {}, where = "127.0.0.1:0"): Promise<TestListener> {
  const ends: TestEnd[] = [];
  const waiting = new Set<() => void>();
  const transport = udp(options);
  const listener = await transport.listen(where, {
    onConnection: (connection) => {
      ends.push(new TestEnd(connection));
      for (const wake of waiting) wake();
    },
  });
  const accepted = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (ends.length >= count) resolve();
      };
      waiting.add(check);
      check();
    });
  return { transport, listener, ends, accepted };
}

/** A plain socket to a place, with what it received. */
export class Stranger {
  readonly received: Buffer[] = [];
  readonly socket: Socket = createSocket("udp4");
  readonly #port: number;
  #wake: () => void = () => {};

  constructor(where: string) {
    this.#port = Number(where.split(":")[1]);
    this.socket.on("message", (bytes) => {
      this.received.push(bytes);
      this.#wake();
    });
  }

  /** Sends bytes given in hex. */
  send(...parts: readonly (string | Uint8Array)[]): void {
    const bytes = Buffer.concat(
      parts.map((part) => (typeof part === "string" ? Buffer.from(part, "hex") : part)),
    );
    this.socket.send(bytes, this.#port, "127.0.0.1");
  }

  /** The next datagram that came. */
  async next(): Promise<Buffer> {
    while (this.received.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.received.shift() as Buffer;
  }

  async close(): Promise<void> {
    this.socket.close();
    await once(this.socket, "close");
  }
}

/** A wire between two sockets that can lose datagrams and show another source address, as a NAT does. */
export class TestWire {
  /** Says which datagrams get lost. */
  loses: (bytes: Buffer) => boolean = () => false;
  readonly #front: Socket = createSocket("udp4");
  readonly #target: number;
  #back: Socket;
  #dialler: number | undefined;

  constructor(target: string) {
    this.#target = Number(target.split(":")[1]);
    this.#front.on("message", (bytes, { port }) => {
      this.#dialler = port;
      if (!this.loses(bytes)) this.#back.send(bytes, this.#target, "127.0.0.1");
    });
    this.#back = this.#openBack();
  }

  /** Begins, and resolves with the place to dial. */
  async open(): Promise<string> {
    this.#front.bind(0, "127.0.0.1");
    await once(this.#front, "listening");
    return `127.0.0.1:${this.#front.address().port}`;
  }

  /** Shows the target a new source address from now on. */
  move(): void {
    this.#back.close();
    this.#back = this.#openBack();
  }

  close(): void {
    this.#front.close();
    this.#back.close();
  }

  #openBack(): Socket {
    const back = createSocket("udp4");
    back.on("message", (bytes) => {
      if (!this.loses(bytes) && this.#dialler !== undefined)
        this.#front.send(bytes, this.#dialler, "127.0.0.1");
    });
    return back;
  }
}
