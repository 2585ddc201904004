import type { Socket } from "node:net";
import { resetSocket } from "./reset-socket.js";

/**
 * The local sockets of a portal end, each until it is closed: also those whose stream is over, and that still write what is left.
 * A process that ended before them would cut that short in silence.
 */
export class LocalSockets {
  readonly #sockets: Set<Socket> = new Set();
  readonly #onChange: () => void;

  /** @param onChange told when a socket is closed */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Sockets that are open. */
  get size(): number {
    return this.#sockets.size;
  }

  /** Keeps a socket until it is closed. */
  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#onChange();
    });
  }

  /** Resets what is open: whoever reads it must not take what came so far for everything. */
  reset(): void {
    for (const socket of this.#sockets) resetSocket(socket);
  }
}
