import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import {
  bulkHighWaterMark,
  countReceived,
  exchangeBytes,
  loadCommands,
  type Received,
  type ReceiveWindow,
  writeWithoutEnd,
} from "../loads/wire.js";
import { serveRole } from "../process/serve-role.js";

/** What the far end of every load can be asked. It listens from the start. */
export type LoadServerOperations = typeof operations;

const answer = new Uint8Array(exchangeBytes);
let received = 0;
let open = 0;

const server = createServer({ noDelay: true, highWaterMark: bulkHighWaterMark }, (socket) => {
  open++;
  socket.on("error", () => {});
  socket.on("close", () => open--);
  socket.once("data", (first: Buffer) => serve(socket, first));
});

/** Does what the first byte of a connection says. */
function serve(socket: Socket, first: Buffer): void {
  const rest = first.subarray(1);
  if (first[0] === loadCommands.up) {
    received += rest.length;
    socket.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
  } else if (first[0] === loadCommands.down) {
    writeWithoutEnd(socket);
  } else if (first[0] === loadCommands.echo) {
    if (rest.length > 0) socket.write(rest);
    socket.on("data", (chunk: Buffer) => socket.write(chunk));
  } else if (first[0] === loadCommands.exchange) {
    let missing = exchangeBytes;
    const take = (chunk: Buffer): void => {
      missing -= chunk.length;
      if (missing <= 0) socket.end(answer);
    };
    socket.on("data", take);
    take(rest);
  } else {
    socket.destroy();
  }
}

server.listen(0, "127.0.0.1", 1_024);
await once(server, "listening");

const operations = {
  port(): number {
    return (server.address() as AddressInfo).port;
  },
  /** Counts uploads within the window. */
  countUploads(window: ReceiveWindow): Promise<Received> {
    return countReceived(() => received, window);
  },
  /** Connections open now. */
  connections(): number {
    return open;
  },
};
serveRole(operations);
