import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { onFinished } from "./on-finished.js";

/** A TCP server of the test, on a free loopback port. It ends with the test. */
export interface Target {
  readonly port: number;
  /** Connections accepted so far, in order. */
  readonly sockets: readonly Socket[];
  /** Stops listening and destroys all connections. Safe to call twice. */
  close(): Promise<void>;
}

/** Serves each connection with a function. */
export async function startTarget(serve: (socket: Socket) => void, port = 0): Promise<Target> {
  const sockets: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    serve(socket);
  });
  server.listen(port, "127.0.0.1", 1_024);
  await once(server, "listening");
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  onFinished(close);
  return { port: (server.address() as AddressInfo).port, sockets, close };
}

/** Sends back what it gets, and ends when the client does. */
export function startEchoTarget(): Promise<Target> {
  return startTarget((socket) => socket.pipe(socket));
}

/** Answers each upload, at its end, with the SHA-256 of what came, in hex. */
export function startDigestTarget(): Promise<Target> {
  return startTarget((socket) => {
    const hash = createHash("sha256");
    socket.on("data", (chunk) => hash.update(chunk));
    socket.on("end", () => socket.end(hash.digest("hex")));
  });
}

/** Sends the same bytes to each connection and ends. */
export function startSourceTarget(bytes: Uint8Array): Promise<Target> {
  return startTarget((socket) => socket.end(bytes));
}
