import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import {
  type Connection,
  CulvertError,
  type DialOptions,
  type Listener,
  type ListenOptions,
  type Transport,
} from "@x/core";
import { defaultCloseTimeoutMs, maxFrameBytes, maxPathBytes } from "./limits.js";
import { StreamConnection } from "./stream-connection.js";
import { systemError } from "./system-error.js";

export interface MyWireOptions {
  /** Longest wait of `close` for the peer, in milliseconds. Default 2,000. */
  readonly closeTimeoutMs?: number;
}

let lastNumber = 0;

/** Frames over the local sockets of one machine: `my-wire#/run/n2.sock` is whoever listens on that path. */
export function myWire(options: MyWireOptions = {}): Transport {
  const closeTimeoutMs = options.closeTimeoutMs ?? defaultCloseTimeoutMs;
  return {
    name: "my-wire",
    capabilities: { reliable: true, ordered: true, maxFrameBytes },
    dial: (where, dialOptions) => dial(where, dialOptions, closeTimeoutMs),
    listen: (where, listenOptions) => listen(where, listenOptions, closeTimeoutMs),
  };
}

async function dial(
  where: string,
  { signal }: DialOptions = {},
  closeTimeoutMs: number,
): Promise<Connection> {
  checkWhere(where);
  const aborted = (): CulvertError => new CulvertError("ABORTED", `Cannot dial "${where}": given up`);
  if (signal?.aborted) throw aborted();
  const socket = connect({ path: where });
  try {
    await once(socket, "connect", signal === undefined ? {} : { signal });
  } catch (cause) {
    socket.destroy();
    throw signal?.aborted ? aborted() : systemError(`dial "${where}"`, "TRANSPORT_FAILED", cause);
  }
  return new StreamConnection(socket, diallerName(), where, closeTimeoutMs);
}

async function listen(where: string, options: ListenOptions, closeTimeoutMs: number): Promise<Listener> {
  checkWhere(where);
  const connections = new Set<StreamConnection>();
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const connection = new StreamConnection(socket, where, diallerName(), closeTimeoutMs);
    connections.add(connection);
    socket.once("close", () => connections.delete(connection));
    try {
      options.onConnection(connection);
    } catch (cause) {
      connection.fail(new CulvertError("INTERNAL", "Cannot accept a connection", { cause }));
    }
  });
  try {
    await once(server.listen({ path: where }), "listening");
  } catch (cause) {
    throw systemError(`listen on "${where}"`, "LISTEN_FAILED", cause);
  }
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= closeServer(server, connections);
    return closing;
  };
  return { where, close, [Symbol.asyncDispose]: close };
}

async function closeServer(server: Server, connections: ReadonlySet<Connection>): Promise<void> {
  const closed = once(server, "close");
  server.close();
  await Promise.all([...connections].map((connection) => connection.close()));
  await closed;
}

/** The dialling end of a local socket has no name, so each gets a number. */
function diallerName(): string {
  lastNumber += 1;
  return `${process.pid}:${lastNumber}`;
}

function checkWhere(where: string): void {
  if (where.length > 0 && Buffer.byteLength(where) <= maxPathBytes && !where.includes("\0")) return;
  throw new CulvertError(
    "ADDRESS_INVALID",
    `Cannot use path ${JSON.stringify(where)}: a path is 1 to ${maxPathBytes} bytes`,
  );
}
