import type { Duplex } from "node:stream";
import { type Connection, type ConnectionHandlers, CulvertError } from "@x/core";
import { FrameQueue } from "./frame-queue.js";
import { encodeLength, FrameDecoder } from "./framing.js";
import { hardQueueBytes, maxFrameBytes, softQueueBytes } from "./limits.js";
import { systemError } from "./system-error.js";

/** One end of a connection over any stream of bytes: a socket, a serial line, a child process. */
export class StreamConnection implements Connection {
  readonly localWhere: string;
  readonly remoteWhere: string;
  readonly #stream: Duplex;
  readonly #closeTimeoutMs: number;
  readonly #decoder = new FrameDecoder(maxFrameBytes);
  readonly #queue: FrameQueue;
  #reason: CulvertError | undefined;
  #closing: Promise<void> | undefined;
  #room: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(stream: Duplex, localWhere: string, remoteWhere: string, closeTimeoutMs: number) {
    this.localWhere = localWhere;
    this.remoteWhere = remoteWhere;
    this.#stream = stream;
    this.#closeTimeoutMs = closeTimeoutMs;
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
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const refuse = (
      code: "CONNECTION_CLOSED" | "FRAME_TOO_LARGE" | "CONNECTION_BUSY",
      why: string,
    ): never => {
      throw new CulvertError(code, `Cannot send frame of ${bytes} bytes: ${why}`);
    };
    if (this.#closing !== undefined || !stream.writable) refuse("CONNECTION_CLOSED", "connection is closed");
    if (bytes > maxFrameBytes) refuse("FRAME_TOO_LARGE", `limit is ${maxFrameBytes} bytes`);
    if (stream.writableLength >= hardQueueBytes) refuse("CONNECTION_BUSY", `${hardQueueBytes} bytes wait`);
    // One call to the system for all parts, and for all frames of this turn.
    stream.cork();
    stream.write(encodeLength(bytes));
    for (const part of parts) if (part.length > 0) stream.write(part);
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
    this.#queue.discard();
    this.#makeRoom();
    if (stream.closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => stream.destroy(), this.#closeTimeoutMs);
      stream.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      stream.end();
      // The peer's end is seen only by reading.
      stream.resume();
    });
  }

  #read(chunk: Uint8Array): void {
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
