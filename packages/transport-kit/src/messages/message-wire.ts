import type { CulvertError } from "@x/core";

/** A way for whole messages to a peer and from it, as a connection uses it: a WebSocket, a data channel, a message port. */
export interface MessageWire {
  /** This end. */
  readonly localWhere: string;
  /** The other end. */
  readonly remoteWhere: string;
  /** The host of the peer, as one source of load; the same for all wires from there. */
  readonly source: string;
  /** Bytes given to `send` that have not left, as far as the wire knows. A WebSocket calls it `bufferedAmount`. */
  readonly waitingBytes: number;
  /** Bytes that came of a message which is not whole yet, where the wire puts messages together itself and can tell. */
  readonly partialBytes?: number;
  /** Sends one message, behind those before. Its bytes belong to the wire. May throw when the wire is closed. */
  send(message: Uint8Array): void;
  /**
   * Begins to hand over messages, each in one piece that belongs to the taker. `onEnd` is called once, when the wire is closed:
   * with an error when the wire knows one.
   */
  read(onMessage: (message: Uint8Array) => void, onEnd: (error?: CulvertError) => void): void;
  /** Sends what was accepted, then closes. May be called twice. */
  close(): void;
  /** Closes at once; what waits is lost. May be called twice, and after `close`. */
  destroy(): void;
}
