import type { Socket } from "node:net";

/**
 * Resets a socket, in the next turn if it is just ending its direction.
 * Node.js cannot reset a socket in the turn in which it is shut down: it says EINVAL, forgets the socket, and never closes it.
 */
export function resetSocket(socket: Socket): void {
  const reset = (): void => {
    if (!socket.destroyed) socket.resetAndDestroy();
  };
  if (socket.connecting) socket.destroy();
  else if (socket.writableEnded && !socket.writableFinished) setImmediate(reset);
  else reset();
}
