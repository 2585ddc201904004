import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import {
  askRefusal,
  type Connection,
  CulvertError,
  checkLimits,
  checkMs,
  type DialOptions,
  type Listener,
  type ListenOptions,
  type Transport,
} from "@x/core";
import {
  defaultCloseTimeoutMs,
  defaultDeadPeerMs,
  defaultDialTimeoutMs,
  maxFrameBytes,
  maxPathBytes,
  minDeadPeerMs,
} from "./limits.js";
import { StreamConnection, type StreamTimes } from "./stream-connection.js";
import { systemError } from "./system-error.js";

export interface MyWireOptions {
  /** Longest wait of `close` for the peer, in milliseconds. Default 2,000. */
  readonly closeTimeoutMs?: number;
  /** Longest wait of `dial` for the listener's greeting, in milliseconds. Default 5,000. */
  readonly dialTimeoutMs?: number;
  /** A peer that is silent for so long is dead, in milliseconds, at least 100. Default 10,000. The same at both ends. */
  readonly deadPeerMs?: number;
}

const defaultLimits = {
  closeTimeoutMs: defaultCloseTimeoutMs,
  dialTimeoutMs: defaultDialTimeoutMs,
  deadPeerMs: defaultDeadPeerMs,
};

/** The one byte that a listener says first. */
const welcome = 1;
const noRoom = 2;

let lastNumber = 0;

/**
 * Frames over the local sockets of one machine: `my-wire#/run/n2.sock` is whoever listens on that path.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function myWire(options: MyWireOptions = {}): Transport {
  const limits = checkLimits("myWire()", defaultLimits, options);
  const { dialTimeoutMs } = limits;
  const deadPeerMs = checkMs("deadPeerMs", limits.deadPeerMs, { min: minDeadPeerMs });
  return {
    name: "my-wire",
    capabilities: { reliable: true, ordered: true, maxFrameBytes, dialTimeoutMs, deadPeerMs },
    dial: (where, dialOptions) => dial(where, limits, dialOptions),
    listen: (where, listenOptions) => listen(where, listenOptions, limits),
  };
}

async function dial(
  where: string,
  limits: typeof defaultLimits,
  { signal }: DialOptions = {},
): Promise<Connection> {
  checkWhere(where);
  const tooLate = AbortSignal.timeout(limits.dialTimeoutMs);
  const limit = signal === undefined ? tooLate : AbortSignal.any([signal, tooLate]);
  const giveUp = (code: "ABORTED" | "CONNECTION_TIMED_OUT", why: string): CulvertError =>
    new CulvertError(code, `Cannot dial "${where}": ${why}`);
  if (signal?.aborted) throw giveUp("ABORTED", "the attempt was given up");
  const socket = connect({ path: where });
  try {
    await once(socket, "readable", { signal: limit });
    checkGreeting(where, socket.read(1));
  } catch (cause) {
    socket.destroy();
    if (signal?.aborted) throw giveUp("ABORTED", "the attempt was given up");
    if (tooLate.aborted)
      throw giveUp("CONNECTION_TIMED_OUT", `no greeting within ${limits.dialTimeoutMs} ms`);
    throw systemError(`dial "${where}"`, "TRANSPORT_FAILED", cause);
  }
  return new StreamConnection(socket, diallerName(), where, limits);
}

function checkGreeting(where: string, greeting: Buffer | null): void {
  if (greeting?.[0] === welcome) return;
  const [code, why] =
    greeting?.[0] === noRoom
      ? (["CONNECTION_LIMIT_EXCEEDED", "there is no room for another connection"] as const)
      : (["HANDSHAKE_FAILED", "whoever listens there does not speak my-wire"] as const);
  throw new CulvertError(code, `Cannot dial "${where}": ${why}`);
}

async function listen(where: string, options: ListenOptions, times: StreamTimes): Promise<Listener> {
  checkWhere(where);
  const connections = new Set<StreamConnection>();
  const accept = (socket: Socket): void => {
    if (askRefusal(options.refusal) !== undefined) {
      socket.on("error", () => {}).write(Uint8Array.of(noRoom));
      socket.destroySoon();
      return;
    }
    socket.write(Uint8Array.of(welcome));
    const connection = new StreamConnection(socket, where, diallerName(), times);
    connections.add(connection);
    socket.once("close", () => connections.delete(connection));
    try {
      options.onConnection(connection);
    } catch (cause) {
      connection.fail(new CulvertError("INTERNAL", "Cannot accept a connection", { cause }));
    }
  };
  const server = createServer({ pauseOnConnect: true }, accept);
  try {
    await once(server.listen({ path: where }), "listening");
  } catch (cause) {
    throw systemError(`listen on "${where}"`, "LISTEN_FAILED", cause);
  }
  return listenerOf(server, where, connections);
}

function listenerOf(server: Server, where: string, connections: ReadonlySet<Connection>): Listener {
  let stopped: Promise<void> | undefined;
  const stopAccepting = (): Promise<void> => {
    stopped ??= new Promise((resolve) => server.close(() => resolve()));
    return stopped;
  };
  const close = async (): Promise<void> => {
    const closed = stopAccepting();
    await Promise.all([...connections].map((connection) => connection.close()));
    await closed;
  };
  return { where, stopAccepting: () => void stopAccepting(), close, [Symbol.asyncDispose]: close };
}

/** The dialling end of a local socket has no name, so each gets a number. */
function diallerName(): string {
  lastNumber += 1;
  return `${process.pid}:${lastNumber}`;
}

function checkWhere(where: unknown): void {
  const isPath = typeof where === "string" && where.length > 0 && !where.includes("\0");
  if (isPath && Buffer.byteLength(where) <= maxPathBytes) return;
  const shown = JSON.stringify(String(where).slice(0, 2 * maxPathBytes));
  throw new CulvertError("ADDRESS_INVALID", `Cannot use path ${shown}: a path is 1 to ${maxPathBytes} bytes`);
}
