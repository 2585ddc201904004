import { once } from "node:events";
import { type Connection, CulvertError, type DialOptions } from "@x/core";
import { shakeHands } from "./handshake.js";
import type { TcpSettings } from "./settings.js";
import { dialLink, type SocketLink } from "./socket-link.js";
import { dialError } from "./system-error.js";
import { TcpConnection } from "./tcp-connection.js";
import type { TcpShares } from "./tcp-shares.js";
import { parseTarget } from "./where.js";

/** Opens a connection to `host:port`. See `Transport.dial`. */
export async function dialTcp(
  where: string,
  options: DialOptions,
  settings: TcpSettings,
  shared: TcpShares,
): Promise<Connection> {
  const target = parseTarget(where);
  const { signal } = options;
  if (signal?.aborted) throw aborted(where);
  const link = dialLink(target, settings);
  // A socket without an error listener takes the process down.
  link.socket.on("error", () => {});
  const onAbort = (): void => void link.socket.destroy(aborted(where));
  signal?.addEventListener("abort", onAbort);
  try {
    await connected(link, where, settings.dialTimeoutMs);
    const peer = await shakeHands(link, settings);
    return new TcpConnection({ ...link, peer, where }, settings, shared);
  } catch (error) {
    throw signal?.aborted ? aborted(where) : error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

async function connected({ socket }: SocketLink, where: string, limitMs: number): Promise<void> {
  const timer = setTimeout(() => socket.destroy(timedOut(where, limitMs)), limitMs);
  try {
    await once(socket, "connect");
  } catch (error) {
    throw error instanceof CulvertError ? error : dialError(error, where);
  } finally {
    clearTimeout(timer);
  }
  if (isSelfConnected(socket)) {
    socket.destroy();
    throw new CulvertError("CONNECTION_REFUSED", `Cannot connect to ${where}: nobody listens there`);
  }
}

/** TCP connects a socket to itself when it dials a free port of this machine and the system chose just that port for it. */
function isSelfConnected(socket: SocketLink["socket"]): boolean {
  return socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
}

function aborted(where: string): CulvertError {
  return new CulvertError("ABORTED", `Cannot connect to ${where}: the attempt was given up`);
}

function timedOut(where: string, limitMs: number): CulvertError {
  return new CulvertError(
    "CONNECTION_TIMED_OUT",
    `Cannot connect to ${where}: no answer within ${limitMs} ms`,
  );
}
