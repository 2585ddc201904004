import type { Duplex } from "node:stream";
import { type Connection, type ConnectionHandlers, CulvertError, checkFrame, ownBytes } from "@x/core";
import { FrameQueue } from "./frame-queue.js";
import { encodeLength, FrameDecoder, ping } from "./framing.js";
import { hardQueueBytes, maxFrameBytes, pingsPerDeadPeerTime, softQueueBytes } from "./limits.js";
import { systemError } from "./system-error.js";

/** The times of a connection, in milliseconds. */
export interface StreamTimes {
  /** Longest wait of `close` for the peer. */
  readonly closeTimeoutMs: number;
  /** Silence after which the peer counts as dead. */
  readonly deadPeerMs: number;
}

/** One end of a connection over any stream of bytes: a socket, a serial line, a child process. */
export class StreamConnection implements Connection {
  readonly localWhere: string;
  readonly remoteWhere: string;
  readonly #stream: Duplex;
  readonly #times: StreamTimes;
  readonly #pulse: NodeJS.Timeout;
  readonly #decoder = new FrameDecoder(maxFrameBytes);
  readonly #queue: FrameQueue;
  #silentBeats = 0;
  #reason: CulvertError | undefined;
  #closing: Promise<void> | undefined;
  #room: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(stream: Duplex, localWhere: string, remoteWhere: string, times: StreamTimes) {
    this.localWhere = localWhere;
    this.remoteWhere = remoteWhere;
    this.#stream = stream;
    this.#times = times;
    this.#pulse = setInterval(() => this.#beat(), times.deadPeerMs / pingsPerDeadPeerTime);
    this.#pulse.unref();
    this.#queue = new FrameQueue({
      onBusy: (busy) => (busy ? stream.pause() : stream.resume()),
      onFault: (cause) => this.fail(new CulvertError("INTERNAL", "Cannot handle a frame", { cause })),
    });
    stream.on("data", (chunk: Buffer) => this.#read(chunk));
    stream.on("drain", () => this.#makeRoom());
    stream.on("error", (error) => {
      this.#reason ??= systemError(`go on with "${remoteWhere}"`, "CONNECTION_RESET", error);
    });
    stream.on("close", () => this.#closed());
    // Nothing is read before `start`; the sender feels it.
    stream.pause();
  }

  start(handlers: ConnectionHandlers): void {
    this.#queue.open(handlers);
  }

  send(parts: readonly Uint8Array[]): Promise<void> | undefined {
    const stream = this.#stream;
    const refuse = (code: "CONNECTION_CLOSED" | "CONNECTION_BUSY", why: string): never => {
      throw new CulvertError(code, `Cannot send frame: ${why}`);
    };
    if (this.#closing !== undefined || !stream.writable) refuse("CONNECTION_CLOSED", "connection is closed");
    const bytes = checkFrame(parts, maxFrameBytes);
    if (stream.writableLength >= hardQueueBytes) refuse("CONNECTION_BUSY", `${hardQueueBytes} bytes wait`);
    // One call to the system for all parts, and for all frames of this turn.
    stream.cork();
    stream.write(encodeLength(bytes));
    // What waits must not keep a larger buffer in memory.
    for (const part of parts) if (part.length > 0) stream.write(ownBytes(part));
    process.nextTick(() => stream.uncork());
    if (stream.writableLength <= softQueueBytes) return undefined;
    this.#room ??= newRoom();
    return this.#room.promise;
  }

  close(): Promise<void> {
    this.#closing ??= this.#flushAndClose();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Closes at once, with a reason; what waits is lost. */
  fail(reason: CulvertError): void {
    this.#reason ??= reason;
    this.#queue.discard();
    this.#stream.destroy();
  }

  async #flushAndClose(): Promise<void> {
    const stream = this.#stream;
    clearInterval(this.#pulse);
    this.#queue.discard();
    this.#makeRoom();
    if (stream.closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => stream.destroy(), this.#times.closeTimeoutMs);
      stream.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      stream.end();
      // The peer's end is seen only by reading.
      stream.resume();
    });
  }

  /** Says that this end lives, and counts how long the peer did not. An end that does not read cannot hear. */
  #beat(): void {
    const stream = this.#stream;
    if (stream.writableLength === 0) stream.write(ping);
    this.#silentBeats = stream.isPaused() ? 0 : this.#silentBeats + 1;
    if (this.#silentBeats <= pingsPerDeadPeerTime) return;
    this.fail(
      new CulvertError("PEER_DEAD", `Lost "${this.remoteWhere}": silent for ${this.#times.deadPeerMs} ms`),
    );
  }

  #read(chunk: Uint8Array): void {
    this.#silentBeats = 0;
    try {
      for (const frame of this.#decoder.push(chunk)) this.#queue.push(frame);
    } catch (error) {
      this.fail(systemError("read", "FRAME_INVALID", error));
    }
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  #closed(): void {
    clearInterval(this.#pulse);
    if (!this.#decoder.isBetweenFrames && this.#closing === undefined) {
      this.#reason ??= new CulvertError("CONNECTION_RESET", "Connection ended within a frame");
    }
    this.#makeRoom();
    this.#queue.end(this.#reason);
  }
}

function newRoom(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
