import type { Socket } from "node:net";
import type { Carrier, LocalEnd, OrderedBytes, ResetReason } from "@x/stream/inner";
import { SocketEnd } from "./socket-end.js";

/** The target of a stream, from when it is dialled: takes and gives nothing before it is connected. */
export class TargetEnd implements LocalEnd {
  readonly #stream: Carrier;
  readonly #dialling: AbortController = new AbortController();
  #end: SocketEnd | undefined;

  constructor(stream: Carrier) {
    this.#stream = stream;
  }

  /** Fires when nobody waits for the target any more. */
  get signal(): AbortSignal {
    return this.#dialling.signal;
  }

  /** The target accepted. The socket is paused, and is read from now on. */
  connected(socket: Socket): void {
    this.#end = new SocketEnd(socket, this.#stream);
    socket.resume();
    this.#stream.settle();
  }

  get canDeliver(): boolean {
    return this.#end?.canDeliver ?? false;
  }

  wantBytes(isWanted: boolean): void {
    this.#end?.wantBytes(isWanted);
  }

  deliver(piece: OrderedBytes): boolean {
    return this.#end?.deliver(piece) ?? false;
  }

  deliverEnd(): void {
    this.#end?.deliverEnd();
  }

  abort(reason: ResetReason): void {
    if (this.#end !== undefined) this.#end.abort(reason);
    else {
      this.#dialling.abort();
      this.#stream.localClosed();
    }
  }

  finished(): void {
    this.#end?.finished();
  }
}
