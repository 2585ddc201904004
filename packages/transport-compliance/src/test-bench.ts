import type { Connection, Listener, ListenOptions, Transport, TransportCapabilities } from "@x/core";
import type { Detour } from "./detour.js";
import { RecordedEnd } from "./recorded-end.js";
import type { ComplianceLimits, TransportSubject } from "./subject.js";
import { within } from "./within.js";

/** Two ends of one connection. */
export interface ConnectedPair {
  /** The end that dialled. */
  readonly near: RecordedEnd;
  /** The end that was accepted. */
  readonly far: RecordedEnd;
}

/** A listener and the connections it accepted, in order. */
export interface TestListener {
  readonly listener: Listener;
  readonly accepted: readonly RecordedEnd[];
  /** Resolves with the connection accepted as number `index`, from 0. */
  untilAccepted(index: number): Promise<RecordedEnd>;
}

/** What one case works with: transports, connections, and their end when the case is over. */
export class TestBench {
  readonly subject: TransportSubject;
  readonly limits: ComplianceLimits;
  /** The transport that dials. */
  readonly dialler: Transport;
  /** The transport that listens. */
  readonly acceptor: Transport;
  readonly #ends: RecordedEnd[] = [];
  readonly #listeners: Listener[] = [];
  readonly #detours: Detour[] = [];

  constructor(subject: TransportSubject, limits: ComplianceLimits) {
    this.subject = subject;
    this.limits = limits;
    this.dialler = subject.create();
    this.acceptor = subject.create();
  }

  get capabilities(): TransportCapabilities {
    return this.dialler.capabilities;
  }

  /** A size all transports carry, or `bytes` if that is less. */
  size(bytes: number): number {
    return Math.min(bytes, this.capabilities.maxFrameBytes);
  }

  /** Waits for something that must happen. */
  within<T>(what: string, promise: Promise<T>): Promise<T> {
    return within(this.limits.waitMs, what, promise);
  }

  /** Listens at a free place, or at `where`. `onAccepted` is called with each connection and may throw. */
  async listen(
    where: string = this.subject.listenWhere(),
    onAccepted?: () => void,
    refusal?: ListenOptions["refusal"],
  ): Promise<TestListener> {
    const accepted: RecordedEnd[] = [];
    let wake: (() => void)[] = [];
    const listener = await this.within(
      "listen()",
      this.acceptor.listen(where, {
        onConnection: (connection) => {
          accepted.push(this.record(connection));
          for (const resolve of wake) resolve();
          wake = [];
          onAccepted?.();
        },
        ...(refusal && { refusal }),
      }),
    );
    this.#listeners.push(listener);
    const untilAccepted = async (index: number): Promise<RecordedEnd> => {
      for (;;) {
        const end = accepted[index];
        if (end !== undefined) return end;
        await this.within("onConnection", new Promise<void>((resolve) => wake.push(resolve)));
      }
    };
    return { listener, accepted, untilAccepted };
  }

  /** Dials and records the connection. */
  async dial(where: string, signal?: AbortSignal): Promise<RecordedEnd> {
    const options = signal === undefined ? {} : { signal };
    return this.record(await this.within("dial()", this.dialler.dial(where, options)));
  }

  /** A way around to a listener that can be cut. */
  async detour(to: TestListener): Promise<Detour> {
    const detour = await this.subject.detour(to.listener.where);
    this.#detours.push(detour);
    return detour;
  }

  /** A connection neither end of which was started. */
  async connect(to?: TestListener): Promise<ConnectedPair> {
    const target = to ?? (await this.listen());
    const count = target.accepted.length;
    const near = await this.dial(target.listener.where);
    return { near, far: await target.untilAccepted(count) };
  }

  /** A connection both ends of which were started. */
  async connectAndStart(to?: TestListener): Promise<ConnectedPair> {
    const pair = await this.connect(to);
    pair.near.start();
    pair.far.start();
    return pair;
  }

  /** Watches over a connection: it is closed with the bench. */
  record(connection: Connection): RecordedEnd {
    const end = new RecordedEnd(connection, this.limits);
    this.#ends.push(end);
    return end;
  }

  /** Checks that every connection kept its promises. */
  checkPromises(): void {
    for (const end of this.#ends) end.checkPromises();
  }

  /** Closes everything; what does not close in time is an error. */
  async close(): Promise<void> {
    for (const end of this.#ends) end.goOn();
    const open = [...this.#ends.map((end) => end.connection), ...this.#listeners];
    const closed = Promise.all(open.map((thing) => thing.close()));
    try {
      await this.within("close() at the end of the case", closed);
    } finally {
      for (const detour of this.#detours) await detour.close();
      await this.subject.cleanup?.();
    }
  }
}
