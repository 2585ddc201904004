import { CulvertError, type Origin } from "@x/core";
import type { Carrier, LocalEnd } from "../ends/local-end.js";
import type { OpenedStream } from "../ends/stream-acceptor.js";
import { closeTimeoutMs, maxChunkBytes } from "../limits.js";
import { errorOf, type ResetReason } from "../protocol/reset-reason.js";
import type { OrderedBytes } from "../receive/receive-buffer.js";
import type { ByteStream } from "./byte-stream.js";

/** A stream as a pair of web streams. */
export class WebStream implements ByteStream, LocalEnd {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly closed: Promise<void>;
  readonly openOptions: Uint8Array;
  readonly origin: Origin | undefined;
  readonly #stream: Carrier;
  #reader: ReadableStreamDefaultController<Uint8Array> | undefined;
  #writer: WritableStreamDefaultController | undefined;
  #settleClosed: { resolve(): void; reject(error: CulvertError): void } | undefined;
  /** The reader has room for a piece. */
  #hasRoom = false;
  /** What still comes is thrown away. */
  #isCancelled = false;
  #isClosing = false;
  /** The stream has room for bytes. */
  #isWanted = true;
  #failure: CulvertError | undefined;
  /** The write under way. */
  #writing: Promise<void> | undefined;
  /** Goes on with the write that waits for room, or with the close that waits for the other end. */
  #onChange: (() => void) | undefined;

  constructor(stream: Carrier, opened?: OpenedStream) {
    this.#stream = stream;
    this.openOptions = new Uint8Array(opened?.openOptions ?? []);
    this.origin = opened?.origin;
    this.closed = new Promise((resolve, reject) => {
      this.#settleClosed = { resolve, reject };
    });
    // Whoever does not listen hears of it by reading or writing.
    this.closed.catch(() => {});
    this.readable = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#reader = controller;
      },
      pull: () => {
        this.#hasRoom = true;
        this.#stream.settle();
      },
      cancel: () => this.#cancel(),
    });
    this.writable = new WritableStream<Uint8Array>({
      start: (controller) => {
        this.#writer = controller;
      },
      write: (chunk) => {
        this.#writing = this.#write(chunk);
        return this.#writing;
      },
      close: () => this.#end(),
      // Only text that was meant for it travels: the message of an error may tell what the other end must not know.
      abort: (reason: unknown) => this.reset(typeof reason === "string" ? reason : "its writer gave up"),
    });
  }

  // What the user calls.

  async close(): Promise<void> {
    const text = "it was closed, and the other end did not end in time";
    const timer = setTimeout(() => this.reset(text), closeTimeoutMs);
    if (!this.#isClosing) this.#beginClose();
    await this.closed.catch(() => {});
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  reset(text = "the stream was reset"): void {
    this.#stream.reset({ code: "STREAM_RESET", text });
  }

  // What the stream calls.

  get canDeliver(): boolean {
    return this.#hasRoom || this.#isCancelled;
  }

  wantBytes(isWanted: boolean): void {
    this.#isWanted = isWanted;
    this.#onChange?.();
    if (!this.#isCancelled || this.#isClosing) return;
    if (this.#stream.isSent && !this.#stream.isRead) this.reset("nobody reads it any more");
  }

  deliver({ bytes, release }: OrderedBytes): true {
    if (!this.#isCancelled) {
      // Its memory belongs to a connection, and what is read belongs to the reader.
      const own = new Uint8Array(bytes);
      this.#hasRoom = false;
      this.#reader?.enqueue(own);
    }
    release?.();
    return true;
  }

  deliverEnd(): void {
    if (!this.#isCancelled) this.#reader?.close();
    this.#stream.localClosed();
  }

  abort(reason: ResetReason): void {
    const error = errorOf(reason);
    this.#failure = error;
    if (!this.#isCancelled) this.#reader?.error(error);
    this.#writer?.error(error);
    this.#onChange?.();
    this.#settleClosed?.reject(error);
    this.#stream.localClosed();
  }

  finished(): void {
    this.#onChange?.();
    this.#settleClosed?.resolve();
  }

  async #write(chunk: unknown): Promise<void> {
    const bytes = bytesOf(chunk);
    if (bytes === undefined) {
      this.reset("what was written is no bytes");
      throw new TypeError("Cannot write to stream: it takes bytes, as a Uint8Array");
    }
    for (let at = 0; at < bytes.length; at += maxChunkBytes) {
      await this.#whenWanted();
      this.#stream.writeCopy(bytes.subarray(at, at + maxChunkBytes));
      this.#stream.start();
    }
    await this.#whenWanted();
  }

  async #whenWanted(): Promise<void> {
    while (!this.#isWanted && this.#failure === undefined) await this.#nextChange();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #end(): Promise<void> {
    this.#stream.end();
    while (!this.#stream.isSent && this.#failure === undefined) await this.#nextChange();
    if (this.#failure !== undefined) throw this.#failure;
  }

  #cancel(): void {
    this.#isCancelled = true;
    this.#stream.settle();
  }

  #beginClose(): void {
    this.#isClosing = true;
    const end = (): void => this.#stream.end();
    if (this.#writing === undefined) end();
    else void this.#writing.then(end, () => {});
    const error = new CulvertError("ABORTED", "Cannot go on with stream: it was closed here");
    if (!this.#isCancelled) this.#reader?.error(error);
    this.#writer?.error(error);
    this.#cancel();
  }

  /** Writes and the close come one after the other, so one waits at most. */
  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = () => {
        this.#onChange = undefined;
        resolve();
      };
    });
  }
}

function bytesOf(chunk: unknown): Uint8Array | undefined {
  if (chunk instanceof Uint8Array) return chunk;
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return chunk instanceof ArrayBuffer ? new Uint8Array(chunk) : undefined;
}
