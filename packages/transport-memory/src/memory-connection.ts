import { type Connection, type ConnectionHandlers, CulvertError, checkFrame, type Release } from "@x/core";
import type { MemoryScheduler } from "./memory-scheduler.js";
import type { MemoryWire } from "./memory-wire.js";

/** What a connection is made of. */
export interface MemoryConnectionOptions {
  readonly localWhere: string;
  readonly remoteWhere: string;
  readonly incoming: MemoryWire;
  readonly outgoing: MemoryWire;
  readonly scheduler: MemoryScheduler;
  readonly maxFrameBytes: number;
  readonly closeTimeoutMs: number;
}

/** One end of a connection. */
export class MemoryConnection implements Connection {
  readonly localWhere: string;
  readonly remoteWhere: string;
  readonly #options: MemoryConnectionOptions;
  #handlers: ConnectionHandlers | undefined;
  #state: "open" | "closing" | "closed" = "open";
  #reason: CulvertError | undefined;
  #closing: Promise<void> | undefined;
  readonly #onClosed: (() => void)[] = [];

  constructor(options: MemoryConnectionOptions) {
    this.#options = options;
    this.localWhere = options.localWhere;
    this.remoteWhere = options.remoteWhere;
  }

  start(handlers: ConnectionHandlers): void {
    if (this.#handlers !== undefined) throw new TypeError("Cannot start connection: it is started already");
    this.#handlers = handlers;
    if (this.#state === "closed") {
      this.#options.scheduler.defer(() => handlers.onClose(this.#reason));
      return;
    }
    if (this.#state === "open") {
      this.#options.incoming.open({ onFrame: handlers.onFrame, onFault: (cause) => this.fault(cause) });
    }
  }

  send(parts: readonly Uint8Array[], release?: Release): Promise<void> | undefined {
    if (this.#state !== "open") {
      throw new CulvertError(
        "CONNECTION_CLOSED",
        `Cannot send frame to "${this.remoteWhere}": connection is closed`,
      );
    }
    const bytes = checkFrame(parts, this.#options.maxFrameBytes);
    return this.#options.outgoing.send(parts, bytes, release);
  }

  close(): Promise<void> {
    this.#closing ??= this.#flushAndClose();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Closes this end at once: the peer's end arrived, or, with a reason, the connection broke. */
  endNow(reason: CulvertError | undefined): void {
    this.#finish(reason);
  }

  /** Calls back once when this end is closed. It must be open. */
  whenClosed(callback: () => void): void {
    this.#onClosed.push(callback);
  }

  /** Closes this end with INTERNAL because its handler failed; the peer sees a reset. */
  fault(cause: unknown): void {
    if (this.#state !== "open") return;
    const { outgoing, remoteWhere } = this.#options;
    outgoing.abort(
      new CulvertError("CONNECTION_RESET", "Connection was reset: peer failed to handle a frame"),
    );
    const reason = `Lost "${remoteWhere}": a handler of this end failed`;
    this.#finish(new CulvertError("INTERNAL", reason, { cause }));
  }

  #flushAndClose(): Promise<void> {
    if (this.#state === "closed") return Promise.resolve();
    const { incoming, outgoing, scheduler, closeTimeoutMs } = this.#options;
    this.#state = "closing";
    incoming.discard();
    outgoing.releaseSender();
    outgoing.end();
    return new Promise((resolve) => {
      const finish = (): void => {
        cancelTimer();
        this.#finish(undefined);
        resolve();
      };
      const cancelTimer = scheduler.setTimer(() => {
        const reason = `Cannot send the last frames: peer did not take them within ${closeTimeoutMs} ms`;
        outgoing.abort(new CulvertError("CONNECTION_RESET", reason));
        finish();
      }, closeTimeoutMs);
      outgoing.whenEmpty(finish);
    });
  }

  #finish(reason: CulvertError | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#reason = reason;
    this.#options.incoming.discard();
    this.#options.outgoing.releaseSender();
    for (const callback of this.#onClosed.splice(0)) callback();
    this.#handlers?.onClose(reason);
  }
}
