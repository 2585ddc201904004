import type { Socket } from "node:net";
import type { Carrier, LocalEnd, OrderedBytes, ResetReason } from "@x/stream/inner";
import { systemCode } from "@x/transport-kit/node";
import { resetSocket } from "./reset-socket.js";
import { onTrueEnd } from "./true-end.js";
import { guardWrites } from "./write-guard.js";

/** A local socket of a stream: a visitor's at an inlet, the target's at an outlet. See socket-reading.ts for how it reads. */
export class SocketEnd implements LocalEnd {
  readonly #socket: Socket;
  readonly #stream: Carrier;
  #isReading = true;
  #hasEnded = false;
  /** The system has not taken the last bytes yet. What comes meanwhile waits in the stream, where it is joined and counted. */
  #isWriting = false;
  /** A write failed: there is nobody left to write to, and perhaps something left to read. */
  #hasFailed = false;
  /** A write was told that the connection was reset. The system tells so once, and calls it an end when it is asked again. */
  #wasReset = false;

  /** @param idleTimeoutMs resets the stream when the socket carried nothing for so long, in milliseconds; infinite: never */
  constructor(socket: Socket, stream: Carrier, idleTimeoutMs: number = Number.POSITIVE_INFINITY) {
    this.#socket = socket;
    this.#stream = stream;
    if (idleTimeoutMs !== Number.POSITIVE_INFINITY) {
      const text = `nothing was carried for ${idleTimeoutMs} ms`;
      socket.setTimeout(idleTimeoutMs, () => stream.reset({ code: "TIMED_OUT", text }));
    }
    guardWrites(socket, (error) => {
      this.#hasFailed = true;
      this.#wasReset = systemCode(error) === "ECONNRESET";
      // Else nothing would tell that it is over.
      if (this.#hasEnded) socket.destroy(new Error("it takes no more bytes"));
    });
    onTrueEnd(socket, () => this.#onEnd());
    socket.on("error", (error: Error) => this.#broke(error.message));
    socket.on("close", () => {
      if (!this.#hasEnded || this.#hasFailed) this.#broke("it was closed");
      stream.localClosed();
    });
  }

  get canDeliver(): boolean {
    const isOpen = !this.#socket.connecting && !this.#socket.pending && !this.#socket.destroyed;
    return isOpen && !this.#isWriting && !this.#hasFailed;
  }

  wantBytes(isWanted: boolean): void {
    if (isWanted === this.#isReading) return;
    this.#isReading = isWanted;
    if (isWanted) this.#socket.resume();
    else this.#socket.pause();
  }

  deliver({ bytes, release }: OrderedBytes): boolean {
    const socket = this.#socket;
    const { length } = bytes;
    let isTaken = false;
    // Uncopied: the one write that a reader stops at keeps its frame's buffer, which is less than what the system keeps for it.
    socket.write(bytes, (error) => {
      if (isTaken) return;
      release?.();
      this.#isWriting = false;
      if (!error && !this.#hasFailed) this.#stream.taken(length);
    });
    // Mostly the system takes all at once; the socket tells so a turn later, when the next bytes are being read already.
    isTaken = socket.writableLength === 0 && !this.#hasFailed && !socket.destroyed;
    if (isTaken) release?.();
    this.#isWriting = !isTaken;
    return isTaken;
  }

  deliverEnd(): void {
    this.#socket.end();
  }

  abort(_reason: ResetReason): void {
    this.#hasEnded = true;
    resetSocket(this.#socket);
  }

  finished(): void {}

  #onEnd(): void {
    if (this.#wasReset) {
      this.#socket.destroy(new Error("it was reset"));
      return;
    }
    this.#hasEnded = true;
    this.#stream.end();
    if (this.#hasFailed) this.#socket.destroy(new Error("it takes no more bytes"));
  }

  /** What came before it broke is still carried. */
  #broke(how: string): void {
    this.#stream.breakOff({ code: "STREAM_RESET", text: `the local connection broke: ${how}` });
  }
}
