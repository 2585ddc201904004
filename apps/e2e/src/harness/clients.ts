import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { onFinished } from "./on-finished.js";

/** Random bytes and their SHA-256. */
export function randomContent(length: number): { readonly bytes: Buffer; readonly digest: string } {
  const bytes = randomBytes(length);
  return { bytes, digest: digestOf(bytes) };
}

/** SHA-256 in hex. */
export function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Begins to connect to a loopback port; the socket is destroyed with the test.
 * For visits that may be reset at once, which a busy process can hear of before it hears that it was connected.
 */
export function startSocket(port: number): Socket {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
  onFinished(() => void socket.destroy());
  return socket;
}

/** Opens a connection to a loopback port; it is destroyed with the test. Errors after that are seen by who looks for them. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = startSocket(port);
  await once(socket, "connect");
  return socket.on("error", () => {});
}

/** Sends all bytes, ends its direction, and gives everything that comes back. Rejects when the socket is reset. */
export async function exchange(port: number, sent: Uint8Array | string = ""): Promise<Buffer> {
  const socket = await openSocket(port);
  socket.end(sent);
  return buffer(socket);
}

/** Bytes that an echo server gives back changed, or not at all. */
export async function echoLoss(port: number, sent: Uint8Array): Promise<number> {
  const answer = await exchange(port, sent);
  return answer.equals(sent) ? 0 : Math.max(1, Math.abs(answer.length - sent.length));
}

/** How a socket came to its end: in good order, or reset. */
export async function endOf(socket: Socket): Promise<"ended" | "reset"> {
  socket.resume();
  return new Promise((resolve) => {
    socket.once("end", () => resolve("ended"));
    socket.once("error", () => resolve("reset"));
    socket.once("close", (failed) => resolve(failed ? "reset" : "ended"));
  });
}

/**
 * Resets a socket, or destroys one that knows no reset; in the next turn if it is just ending its direction.
 * Node.js cannot reset a socket in the turn in which it is shut down: it says EINVAL, forgets the socket, and never closes it.
 */
export function resetSocket(socket: Socket): void {
  const reset = (): void => {
    if (!socket.destroyed) socket.resetAndDestroy();
  };
  if (socket.connecting || socket.remoteFamily === undefined) socket.destroy();
  else if (socket.writableEnded && !socket.writableFinished) setImmediate(reset);
  else reset();
}
