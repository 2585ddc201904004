import type { CulvertError } from "@x/core";

/** Where the bytes of a stream go. */
export interface ByteSink {
  /** Where the next bytes are to be put, if the stream can read into memory that it is given. */
  space(): Uint8Array;
  /** Takes bytes that were put into `space`. Returns false when reading is to stop until `resume`. */
  filled(count: number): boolean;
  /** Takes bytes in memory that nobody else uses. Returns false when reading is to stop until `resume`. */
  append(chunk: Uint8Array): boolean;
}

/** A reliable stream of bytes to a peer and from it, as a connection uses it: a socket, a pipe, a serial line. */
export interface ByteStream {
  /** This end: `127.0.0.1:41327`. */
  readonly localWhere: string;
  /** The other end. */
  readonly remoteWhere: string;
  /** The host of the peer, as one source of load; the same for all streams from there. */
  readonly source: string;
  /** Bytes given to `write` that the system has not taken. */
  readonly waitingBytes: number;
  /** A number that changes whenever the peer takes something of what waits. */
  readonly takenMark: number;
  /** A peer that writes after this end closed loses what it has not read. So it is with pipes, and hardly with TCP. */
  readonly losesUnread: boolean;
  /** Nothing more comes and goes. */
  readonly isClosed: boolean;

  /** Begins to read. `onEnd` is called once: with an error, or without when the peer ended or the stream is closed. */
  read(sink: ByteSink, onEnd: (error: CulvertError | undefined) => void): void;

  /** Goes on reading after the sink said to stop. */
  resume(): void;

  /** Sends parts that follow each other, in one call to the system where it can. `onTaken` follows unless the stream breaks. */
  write(parts: readonly Uint8Array[], onTaken?: () => void): void;

  /**
   * Sends what was written, ends, and waits for the peer's end; then, or after so many milliseconds, the stream is closed. It
   * reads on meanwhile: closing with unread bytes would break the stream and lose what was sent.
   */
  close(limitMs: number): Promise<void>;

  /** As `close`, without waiting for the peer. */
  closeSoon(): void;

  /** Closes at once, with a reason for `onEnd`; what waits is lost. */
  destroy(reason?: CulvertError): void;

  /** Calls back when the stream is closed; at once if it is already. */
  whenClosed(callback: () => void): void;
}
