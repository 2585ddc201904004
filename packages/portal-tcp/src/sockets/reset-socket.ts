import type { Socket } from "node:net";

/** The undocumented part of Node's sockets that resetting at once needs; older platforms end the connection instead. */
interface ResettingSocket {
  resetAndClosing: boolean;
}

/**
 * Resets a connection now: what waits to be written is dropped, and the other side sees a reset and no end.
 * Node's own `resetAndDestroy` first ends the connection. So it waits for a reader that may never read, and when the connection
 * breaks meanwhile its descriptor stays open for good, because the system refuses to reset what is being shut down.
 * Safe to call twice.
 */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  const isShuttingDown = socket.writableEnded && socket.writableLength === 0 && !socket.writableFinished;
  if (socket.connecting) socket.destroy();
  // Over within a turn of the event loop.
  else if (isShuttingDown) socket.once("finish", () => resetSocket(socket));
  else {
    (socket as unknown as ResettingSocket).resetAndClosing = true;
    socket.destroy();
  }
}
