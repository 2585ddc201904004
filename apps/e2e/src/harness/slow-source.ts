import type { Socket } from "node:net";
import { startTarget, type Target } from "./targets.js";

/** Bytes per write of a slow source. */
const blockBytes = 65_536;

/** Starts a server that sends the same bytes to each connection at about this speed, and ends: a transfer one can interrupt. */
export function startSlowSource(bytes: Uint8Array, bytesPerSecond: number): Promise<Target> {
  return startTarget((socket) => sendSlowly(socket, bytes, bytesPerSecond));
}

function sendSlowly(socket: Socket, bytes: Uint8Array, bytesPerSecond: number): void {
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.min(bytes.length, ((performance.now() - startedAt) / 1_000) * bytesPerSecond);
    while (sent < due && !socket.writableNeedDrain) {
      const end = Math.min(bytes.length, sent + blockBytes);
      socket.write(bytes.subarray(sent, end));
      sent = end;
    }
    if (sent < bytes.length) return;
    clearInterval(timer);
    socket.end();
  }, 5);
  socket.on("close", () => clearInterval(timer));
}
