import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { writeWithoutEnd } from "./bulk-writer.js";
import { bulkHighWaterMark, exchangeBytes, loadCommands } from "./commands.js";

/** The far end of every load. */
export interface LoadListener {
  readonly port: number;
  /** Bytes that came in by uploads so far. */
  bytesReceived(): number;
  /** Connections open now. */
  connections(): number;
}

const answer = new Uint8Array(exchangeBytes);

/** Listens on a free loopback port and does what the first byte of each connection says. */
export async function serveLoads(): Promise<LoadListener> {
  let bytes = 0;
  let open = 0;
  const count = (length: number): void => {
    bytes += length;
  };
  const server = createServer(
    { noDelay: true, allowHalfOpen: false, highWaterMark: bulkHighWaterMark },
    (socket) => {
      open++;
      socket.on("error", () => {});
      socket.on("close", () => open--);
      socket.once("data", (first: Buffer) => serveSocket(socket, first, count));
    },
  );
  server.listen(0, "127.0.0.1", 1_024);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    bytesReceived: () => bytes,
    connections: () => open,
  };
}

function serveSocket(socket: Socket, first: Buffer, count: (length: number) => void): void {
  const rest = first.subarray(1);
  if (first[0] === loadCommands.up) {
    count(rest.length);
    socket.on("data", (chunk: Buffer) => count(chunk.length));
  } else if (first[0] === loadCommands.down) {
    writeWithoutEnd(socket);
  } else if (first[0] === loadCommands.echo) {
    if (rest.length > 0) socket.write(rest);
    socket.on("data", (chunk: Buffer) => socket.write(chunk));
  } else if (first[0] === loadCommands.exchange) {
    serveExchange(socket, rest.length);
  } else {
    socket.destroy();
  }
}

function serveExchange(socket: Socket, already: number): void {
  let missing = exchangeBytes - already;
  const take = (length: number): void => {
    missing -= length;
    if (missing <= 0) socket.end(answer);
  };
  socket.on("data", (chunk: Buffer) => take(chunk.length));
  take(0);
}
