import { CulvertError } from "./error.js";
import type { Release } from "./message.js";

/** What a transport promises about every connection it makes. */
export interface TransportCapabilities {
  /** Each accepted frame arrives as long as the connection lives. */
  readonly reliable: boolean;
  /** Frames arrive in the order in which they were sent. */
  readonly ordered: boolean;
  /** Largest frame, in bytes. */
  readonly maxFrameBytes: number;
  /** Longest time `dial` takes to settle, in milliseconds: whoever is dialled may accept and then say nothing. */
  readonly dialTimeoutMs: number;
  /**
   * Longest time until an end closes with PEER_DEAD whose peer is frozen or cut off, in milliseconds, also when nothing is
   * sent. An end that does not read, because its receiver is busy, need not notice; a peer that is merely busy is not dead.
   */
  readonly deadPeerMs: number;
}

/** Moves frames between two nodes. `dial` and `listen` never throw: whatever goes wrong is a rejection with a code. */
export interface Transport {
  /** The word before `#` in an address: `tcp`. */
  readonly name: string;
  readonly capabilities: TransportCapabilities;

  /**
   * Opens a connection, or rejects within `dialTimeoutMs`.
   *
   * @param where the part of the address behind `#`, such as `127.0.0.1:7000`
   * @throws CulvertError ADDRESS_INVALID, NAME_UNRESOLVED, CONNECTION_REFUSED, CONNECTION_TIMED_OUT, HANDSHAKE_FAILED, VERSION_UNSUPPORTED, CONNECTION_LIMIT_EXCEEDED,
   * TRANSPORT_FAILED, ABORTED
   */
  dial(where: string, options?: DialOptions): Promise<Connection>;

  /**
   * Accepts connections until the listener is closed.
   *
   * @param where where to listen; port 0 lets the system choose
   * @throws CulvertError ADDRESS_INVALID, LISTEN_ADDRESS_TAKEN, LISTEN_FAILED
   */
  listen(where: string, options: ListenOptions): Promise<Listener>;
}

export interface DialOptions {
  /** Gives up the attempt; `dial` then rejects with ABORTED. */
  readonly signal?: AbortSignal;
}

export interface ListenOptions {
  /**
   * Called for every connection whose handshake is done. Call `start` on it, at once or later.
   * If it throws, that connection is closed and the listener goes on.
   */
  readonly onConnection: (connection: Connection) => void;

  /**
   * Says why there is no room for another connection; nothing when there is. A transport asks before `onConnection`, and tells
   * the peer, whose `dial` rejects with CONNECTION_LIMIT_EXCEEDED. If it throws, there is no room, and the listener goes on.
   * Default: its own limits alone count.
   */
  readonly refusal?: () => string | undefined;
}

/** A place that accepts connections. */
export interface Listener extends AsyncDisposable {
  /** Where it listens, with the port the system chose: `127.0.0.1:41327`. */
  readonly where: string;
  /**
   * Stops accepting at once: from then on `dial` rejects with CONNECTION_REFUSED or CONNECTION_LIMIT_EXCEEDED. The connections
   * it accepted live on until `close`. Safe to call twice.
   * A transport may leave it out: the node then closes what is accepted from then on.
   */
  stopAccepting?(): void;
  /** Stops accepting and closes the connections it accepted. Safe to call twice; bounded in time. */
  close(): Promise<void>;
}

/** Frames in, frames out, between two nodes. */
export interface Connection extends AsyncDisposable {
  /** This end: `127.0.0.1:41327`. */
  readonly localWhere: string;
  /** The other end. */
  readonly remoteWhere: string;

  /**
   * Begins delivery; frames that came before wait unread. Call it once.
   * When the connection is already closed, `onClose` is called on the next turn.
   */
  start(handlers: ConnectionHandlers): void;

  /**
   * Sends one frame, given as parts that follow each other on the wire uncopied where the platform can.
   * A frame may be empty (no parts, or parts without bytes): it arrives as an empty frame.
   * Returns nothing when more may follow at once, else a promise that resolves when there is room again, or when the
   * connection closes. It never rejects. Either way the frame was accepted, and its bytes must not change any more.
   *
   * The queue bounds the memory that it keeps: parts that are a small piece of a larger buffer count with the whole of it, or
   * are copied.
   *
   * @param release called once when the connection needs the bytes no more, also within the call: they may change from then on.
   * A transport may ignore it. Not called when `send` throws.
   * @throws CulvertError CONNECTION_CLOSED; FRAME_TOO_LARGE; FRAME_INVALID for parts that are no bytes, see {@link checkFrame};
   * CONNECTION_BUSY when the caller did not wait and the queue reached its hard bound. The frame was then not accepted, and an
   * open connection lives on.
   */
  send(parts: readonly Uint8Array[], release?: Release): Promise<void> | undefined;

  /**
   * Sends what was accepted, then closes. Safe to call twice; bounded in time, also when the peer does not read.
   * When it resolves, `onClose` was called if the connection was started.
   */
  close(): Promise<void>;
}

export interface ConnectionHandlers {
  /**
   * Called for each frame, in one contiguous piece that belongs to the receiver. It may share a larger buffer.
   * While a returned promise is pending the connection stops reading, apart from frames already read.
   * If it throws or rejects, the connection closes with INTERNAL; the process and other connections go on.
   *
   * @param release present when the transport can use the frame's memory again. Until it is called, the frame stays as it is.
   * Safe to call twice. Whoever keeps a frame without it copies it with `ownBytes`, or keeps the larger buffer.
   */
  readonly onFrame: (frame: Uint8Array, release?: Release) => Promise<void> | undefined;
  /** Called once, after the last frame. `reason` is absent when this end or the peer closed in good order. */
  readonly onClose: (reason: CulvertError | undefined) => void;
}

/** Asks a listener's `refusal`; it counts as one when it throws. */
export function askRefusal(refusal: ListenOptions["refusal"]): string | undefined {
  try {
    return refusal?.();
  } catch (error) {
    return `whoever listens failed to say whether there is room: ${String(error)}`;
  }
}

/**
 * Checks a frame that was given to `send`, and returns its length in bytes.
 *
 * @throws CulvertError FRAME_INVALID for anything but an array of `Uint8Array`; FRAME_TOO_LARGE
 */
export function checkFrame(parts: readonly Uint8Array[], maxFrameBytes: number): number {
  if (!Array.isArray(parts)) throw frameInvalid("its parts are no array");
  let bytes = 0;
  for (const part of parts) {
    if (!isBytes(part)) throw frameInvalid("one of its parts is no Uint8Array");
    bytes += part.length;
  }
  if (bytes <= maxFrameBytes) return bytes;
  const limit = `limit is ${maxFrameBytes} bytes`;
  throw new CulvertError("FRAME_TOO_LARGE", `Cannot send frame of ${bytes} bytes: ${limit}`);
}

/** Also true for bytes of another realm, such as a frame's or a test runner's. */
function isBytes(part: unknown): boolean {
  return part instanceof Uint8Array || Object.prototype.toString.call(part) === "[object Uint8Array]";
}

function frameInvalid(why: string): CulvertError {
  return new CulvertError("FRAME_INVALID", `Cannot send frame: ${why}`);
}
