import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { parseHostPort } from "@x/core";
import { afterTest } from "./cleanups.js";

/** Longest wait for anything in a test, in milliseconds. */
const patienceMs = 15_000;

/** Waits for a promise, for a limited time. */
export function soon<Value>(
  promise: Promise<Value>,
  what: string,
  limitMs: number = patienceMs,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen within ${limitMs} ms`)), limitMs);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/** Waits until something holds, looking after each turn of the event loop. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`${what} did not happen within ${patienceMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** A server on a free port, and its ``host:port``. */
export async function serveTarget(
  onSocket: (socket: Socket) => void,
  port = 0,
): Promise<{ where: string; server: Server }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  afterTest(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { where: `127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** A server that sends back what it gets, each direction by itself. */
export async function serveEcho(): Promise<string> {
  return (await serveTarget((socket) => socket.pipe(socket))).where;
}

/** The next socket a server gets. */
export function nextSocket(server: Server): Promise<Socket> {
  return soon(new Promise((resolve) => server.once("connection", resolve)), "a connection");
}

/** A client's socket. */
export function visit(where: string): Socket {
  const socket = connect({ ...parseHostPort(where), allowHalfOpen: true });
  socket.on("error", () => {});
  afterTest(() => {
    socket.destroy();
  });
  return socket;
}

/** How a socket came to its end, and what it read until then. */
export interface SocketEnding {
  readonly how: "ended" | "reset" | "closed";
  readonly bytes: Buffer;
}

/** Reads a socket to its end. */
export function readToEnd(socket: Socket): Promise<SocketEnding> {
  const parts: Buffer[] = [];
  const ending = new Promise<SocketEnding>((resolve) => {
    const end = (how: SocketEnding["how"]): void => resolve({ how, bytes: Buffer.concat(parts) });
    socket.on("data", (part: Buffer) => parts.push(part));
    socket.once("end", () => end("ended"));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      end(error.code === "ECONNRESET" ? "reset" : "closed"),
    );
    socket.once("close", () => end("closed"));
  });
  return soon(ending, "the end of a socket");
}

/** The first bytes a socket gets, as text. */
export function firstText(socket: Socket): Promise<string> {
  return soon(
    new Promise((resolve) => socket.once("data", (part: Buffer) => resolve(part.toString()))),
    "data",
  );
}

/** Bytes that are different at each offset of a megabyte. */
export function someBytes(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32BE((at * 2_654_435_761) >>> 0, at);
  return bytes;
}
