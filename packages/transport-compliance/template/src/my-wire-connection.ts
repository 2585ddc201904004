import type { Socket } from "node:net";
import { type Connection, type ConnectionHandlers, CulvertError } from "@x/core";
import { FrameQueue } from "./frame-queue.js";
import { encodeLength, FrameDecoder } from "./framing.js";
import { hardQueueBytes, maxFrameBytes, softQueueBytes } from "./limits.js";
import { systemError } from "./system-error.js";

/** One end of an open socket. */
export class MyWireConnection implements Connection {
  readonly localWhere: string;
  readonly remoteWhere: string;
  readonly #socket: Socket;
  readonly #closeTimeoutMs: number;
  readonly #decoder = new FrameDecoder(maxFrameBytes);
  readonly #queue: FrameQueue;
  #reason: CulvertError | undefined;
  #closing: Promise<void> | undefined;
  #room: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(socket: Socket, localWhere: string, remoteWhere: string, closeTimeoutMs: number) {
    this.localWhere = localWhere;
    this.remoteWhere = remoteWhere;
    this.#socket = socket;
    this.#closeTimeoutMs = closeTimeoutMs;
    this.#queue = new FrameQueue({
      onBusy: (busy) => (busy ? socket.pause() : socket.resume()),
      onFault: (cause) => this.fail(new CulvertError("INTERNAL", "Cannot handle a frame", { cause })),
    });
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("drain", () => this.#makeRoom());
    socket.on("error", (error) => {
      this.#reason ??= systemError(`go on with "${remoteWhere}"`, "CONNECTION_RESET", error);
    });
    socket.on("close", () => this.#closed());
    // Nothing is read before `start`; the sender feels it.
    socket.pause();
  }

  start(handlers: ConnectionHandlers): void {
    this.#queue.open(handlers);
  }

  send(parts: readonly Uint8Array[]): Promise<void> | undefined {
    const socket = this.#socket;
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const refuse = (
      code: "CONNECTION_CLOSED" | "FRAME_TOO_LARGE" | "CONNECTION_BUSY",
      why: string,
    ): never => {
      throw new CulvertError(code, `Cannot send frame of ${bytes} bytes: ${why}`);
    };
    if (this.#closing !== undefined || !socket.writable) refuse("CONNECTION_CLOSED", "connection is closed");
    if (bytes > maxFrameBytes) refuse("FRAME_TOO_LARGE", `limit is ${maxFrameBytes} bytes`);
    if (socket.writableLength >= hardQueueBytes) refuse("CONNECTION_BUSY", `${hardQueueBytes} bytes wait`);
    // One call to the system for all parts, and for all frames of this turn.
    socket.cork();
    socket.write(encodeLength(bytes));
    for (const part of parts) if (part.length > 0) socket.write(part);
    process.nextTick(() => socket.uncork());
    if (socket.writableLength <= softQueueBytes) return undefined;
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
    this.#socket.destroy();
  }

  async #flushAndClose(): Promise<void> {
    const socket = this.#socket;
    this.#queue.discard();
    this.#makeRoom();
    if (socket.closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), this.#closeTimeoutMs);
      socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      socket.end();
      // The peer's end is seen only by reading.
      socket.resume();
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
