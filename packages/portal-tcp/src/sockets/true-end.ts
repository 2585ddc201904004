import type { Socket } from "node:net";

/** The undocumented parts of Node's sockets that asking again needs. Without them, an end is believed as it is told. */
interface RawSocket {
  readonly _handle: { readStart?(): number } | null;
  readonly _readableState: { autoDestroy: boolean };
}

/**
 * Calls `listener` once, when the other side of a socket ended its direction in good order.
 *
 * Up to Node 22, `end` comes also for a reset that arrives together with the last bytes: the platform takes the hang-up for an
 * end and does not read again. Asking it to read again brings the error, which the socket then emits, or the same end.
 * Until then the socket must not close itself.
 */
export function onTrueEnd(socket: Socket, listener: () => void): void {
  const { _readableState: readable } = socket as unknown as RawSocket;
  const confirm = (): void => {
    readable.autoDestroy = true;
    if (socket.destroyed) return;
    listener();
    if (socket.writableFinished) socket.destroy();
  };
  socket.once("end", () => {
    readable.autoDestroy = false;
    (socket as unknown as RawSocket)._handle?.readStart?.();
    // The first immediate runs before the platform looks at the socket again, the second after it.
    setImmediate(() => setImmediate(confirm));
  });
}
