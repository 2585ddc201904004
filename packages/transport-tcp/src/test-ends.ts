import type { Connection, CulvertError, Listener } from "@x/core";
import type { TcpOptions } from "./settings.js";
import { tcp } from "./tcp.js";

/** One end of a connection under test: what it received, and how it ended. */
export class TestEnd {
  readonly connection: Connection;
  readonly frames: Uint8Array[] = [];
  closedWith: CulvertError | "in order" | undefined;
  /** What `onFrame` returns. */
  answer: () => Promise<void> | undefined = () => undefined;
  readonly #checks = new Set<() => void>();

  constructor(connection: Connection) {
    this.connection = connection;
  }

  start(): this {
    this.connection.start({
      onFrame: (frame) => {
        this.frames.push(frame);
        this.#changed();
        return this.answer();
      },
      onClose: (reason) => {
        this.closedWith = reason ?? "in order";
        this.#changed();
      },
    });
    return this;
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

/** A listener and two ends of a connection to it. */
export interface TestPair extends AsyncDisposable {
  readonly listener: Listener;
  readonly dialled: TestEnd;
  readonly accepted: TestEnd;
}

/** Connects two transports over loopback. */
export async function testPair(
  options: { accepting?: TcpOptions; dialling?: TcpOptions; start?: boolean } = {},
): Promise<TestPair> {
  const { promise, resolve } = later<Connection>();
  const listener = await tcp(options.accepting).listen("127.0.0.1:0", { onConnection: resolve });
  const dialled = new TestEnd(await tcp(options.dialling).dial(listener.where));
  const accepted = new TestEnd(await promise);
  if (options.start !== false) {
    dialled.start();
    accepted.start();
  }
  return {
    listener,
    dialled,
    accepted,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([dialled.connection.close(), listener.close()]);
    },
  };
}

/** A promise and what settles it. */
export function later<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
