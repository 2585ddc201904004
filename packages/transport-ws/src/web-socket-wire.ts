import { CulvertError } from "@x/core";
import type { MessageWire } from "@x/transport-kit";

/** What is used of a WebSocket, that of the platform or of another maker. */
export interface AnyWebSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
  /** Closes without a handshake, where it can. */
  terminate?(): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "error", listener: (event: object) => void): void;
  addEventListener(type: "open" | "close", listener: () => void): void;
}

/** What is known of a WebSocket's ends. */
export interface WireNames {
  readonly localWhere: string;
  readonly remoteWhere: string;
  /** The host of the peer, as one source of load. */
  readonly source: string;
  /** Bytes that its connection has read, where they can be told. */
  readonly readBytes?: () => number;
}

/** RFC 6455, section 7.4.1. */
const closeCodes = { normal: 1000, unsupportedData: 1003 } as const;

/** A WebSocket as a wire for messages. It listens from the beginning: a hello may come together with the answer that opens it. */
export class WebSocketWire implements MessageWire {
  readonly localWhere: string;
  readonly remoteWhere: string;
  readonly source: string;
  readonly #socket: AnyWebSocket;
  readonly #readBytes: () => number;
  #bytesOfWhole = 0;
  #early: Uint8Array[] | undefined = [];
  #onMessage: (message: Uint8Array) => void = (message) => this.#early?.push(message);
  #onEnd: ((error?: CulvertError) => void) | undefined;
  #failure: CulvertError | undefined;
  #isClosed = false;

  constructor(socket: AnyWebSocket, { localWhere, remoteWhere, source, readBytes = () => 0 }: WireNames) {
    this.localWhere = localWhere;
    this.remoteWhere = remoteWhere;
    this.source = source;
    this.#socket = socket;
    this.#readBytes = readBytes;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.#take(data));
    socket.addEventListener("error", (event) => {
      this.#failure ??= this.#mapped((event as { error?: unknown }).error);
    });
    socket.addEventListener("close", () => this.#end());
  }

  get waitingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  get partialBytes(): number {
    return this.#readBytes() - this.#bytesOfWhole;
  }

  send(message: Uint8Array): void {
    this.#socket.send(message);
  }

  read(onMessage: (message: Uint8Array) => void, onEnd: (error?: CulvertError) => void): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    this.#onMessage = onMessage;
    this.#onEnd = onEnd;
    for (const message of early) onMessage(message);
    if (this.#isClosed) onEnd(this.#failure);
  }

  close(): void {
    this.#socket.close(closeCodes.normal);
  }

  destroy(): void {
    if (this.#socket.terminate === undefined) this.close();
    else this.#socket.terminate();
  }

  #take(data: unknown): void {
    this.#bytesOfWhole = this.#readBytes();
    if (typeof data === "string") this.#refuseText();
    else this.#onMessage(new Uint8Array(data as ArrayBuffer));
  }

  #refuseText(): void {
    const message = `Cannot keep connection to ${this.remoteWhere}: it sent text`;
    this.#failure ??= new CulvertError("FRAME_INVALID", message);
    this.#socket.close(closeCodes.unsupportedData);
    this.#end();
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#onEnd?.(this.#failure);
  }

  /** Browsers say nothing about it, `ws` says what was wrong with what came. */
  #mapped(cause: unknown): CulvertError | undefined {
    const { code, message } = (cause ?? {}) as { code?: string; message?: string };
    if (!code?.startsWith("WS_ERR_")) return undefined;
    const isTooLarge = code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";
    const text = `Cannot keep connection to ${this.remoteWhere}: ${message}`;
    return new CulvertError(isTooLarge ? "FRAME_TOO_LARGE" : "FRAME_INVALID", text, { cause });
  }
}
