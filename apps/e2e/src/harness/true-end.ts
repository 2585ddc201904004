import type { Socket } from "node:net";

/** The undocumented parts of Node's sockets that this needs. */
interface RawSocket {
  readonly _handle: { readStart(): number } | null;
  readonly _readableState: { autoDestroy: boolean };
}

/**
 * Calls `listener` when the other side of a socket ended its direction in good order.
 *
 * Node.js says `end` also for a reset that arrives together with the last bytes: libuv takes the hang-up for an end and does not read
 * again. Reading again brings the error, which the socket then emits, or the same end. The socket must not close itself until then.
 */
export function onTrueEnd(socket: Socket, listener: () => void): void {
  const raw = socket as unknown as RawSocket;
  socket.once("end", () => {
    raw._readableState.autoDestroy = false;
    raw._handle?.readStart();
    // The first immediate runs before the platform polls the socket again, the second after.
    setImmediate(() => setImmediate(() => confirm()));
  });
  const confirm = (): void => {
    raw._readableState.autoDestroy = true;
    if (socket.destroyed) return;
    listener();
    if (socket.writableFinished) socket.destroy();
  };
}
