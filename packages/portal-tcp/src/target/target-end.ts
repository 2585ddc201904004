import type { Socket } from "node:net";
import type { Carrier, LocalEnd, OrderedBytes, ResetReason } from "@x/stream/inner";
import { SocketEnd } from "../sockets/socket-end.js";

/** The target of a stream, from when it is dialled: takes and gives nothing before it is connected. */
export class TargetEnd implements LocalEnd {
  readonly #stream: Carrier;
  readonly #onAbort: () => void;
  #giveUp: (() => void) | undefined;
  #end: SocketEnd | undefined;

  /** @param onAbort told at once when the stream ended before its time; that the other end heard of it may take long */
  constructor(stream: Carrier, onAbort: () => void) {
    this.#stream = stream;
    this.#onAbort = onAbort;
  }

  /** The target is being dialled, which `giveUp` ends. */
  dialling(giveUp: () => void): void {
    this.#giveUp = giveUp;
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
    this.#onAbort();
    if (this.#end !== undefined) this.#end.abort(reason);
    else {
      this.#giveUp?.();
      this.#stream.localClosed();
    }
  }

  finished(): void {
    this.#end?.finished();
  }
}
