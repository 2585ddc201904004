import type { Socket } from "node:net";
import { bulkWriteBytes } from "./commands.js";

const block = new Uint8Array(bulkWriteBytes).map((_, index) => index & 0xff);

/** Writes as fast as the socket takes it, until the socket is gone. */
export function writeWithoutEnd(socket: Socket): void {
  const fill = (): void => {
    while (socket.writable && socket.write(block)) {
      // Until the socket asks to wait.
    }
  };
  socket.on("drain", fill);
  fill();
}
