import type { Origin } from "@x/core";

/**
 * One end of a stream of bytes between two workers, each direction by itself.
 * Every byte arrives once and in order, or both ends hear that it did not: a stream that ends well is complete.
 */
export interface ByteStream extends AsyncDisposable {
  /**
   * The bytes of the other end; they belong to whoever reads them. It closes when the other end closed its direction, and fails
   * with a `CulvertError` when the stream is reset. Not reading it makes the other end wait.
   * Cancelling it throws away what still comes; once this end's own direction is through, the stream is reset.
   */
  readonly readable: ReadableStream<Uint8Array>;
  /**
   * Takes bytes for the other end, as a `Uint8Array` or anything else that is bytes, and copies them. A write resolves when more
   * are welcome, so that a slow reader makes its writer wait. Closing it ends this direction (half-close) and resolves when the other
   * end has every byte; aborting it resets the stream.
   */
  readonly writable: WritableStream<Uint8Array>;
  /** What the opener told about the stream; empty when it told nothing, and at the opener. */
  readonly openOptions: Uint8Array;
  /** Where the stream came from, and what is known of who opened it; absent at the opener. */
  readonly origin: Origin | undefined;
  /**
   * Resolves when both directions came to their end at both ends. Rejects with a `CulvertError` when the stream ended before:
   * STREAM_RESET, STREAM_LOST, TIMED_OUT, ABORTED, STREAM_LIMIT_EXCEEDED, STREAM_INVALID, or why its route does not work.
   * Nobody has to listen to it.
   */
  readonly closed: Promise<void>;
  /**
   * Ends this direction in good order, throws away what still comes, and resolves when the stream is over, for whatever reason.
   * After 10 s it is reset. Safe to call twice.
   */
  close(): Promise<void>;
  /** Ends the stream before its time: both ends fail with STREAM_RESET and this text, 255 bytes of which travel. Safe to call twice. */
  reset(text?: string): void;
}
