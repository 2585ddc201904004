import type { Socket } from "node:net";
import { CulvertError, formatHostPort, type HostPort } from "@x/core";
import type { ChunkPool } from "@x/stream/inner";
import { dialHost, untilConnected } from "@x/transport-kit/node";
import type { ByteTaker } from "./socket-reader.js";
import { dialSocket, type SocketOptions } from "./socket-reading.js";
import { targetFailure } from "./target-failure.js";

/** How to connect to a target. */
export interface TargetOptions extends SocketOptions {
  /** How long it may take to accept, names resolved and all addresses tried, in milliseconds. */
  readonly timeoutMs: number;
  readonly pool: ChunkPool;
  /** Takes what the target sends, once `connectTarget` has resolved and the socket is resumed. */
  readonly taker: ByteTaker;
  /** Gives up; the promise then rejects too. */
  readonly signal: AbortSignal;
}

/**
 * Connects to a target by all addresses of its name. The socket is paused.
 *
 * @throws CulvertError TARGET_REFUSED, TARGET_UNRESOLVED, TARGET_TIMED_OUT, TARGET_UNREACHABLE
 */
export async function connectTarget({ host, port }: HostPort, options: TargetOptions): Promise<Socket> {
  const { timeoutMs, pool, taker, signal, ...socketOptions } = options;
  const where = formatHostPort(host, port);
  const limit = new AbortController();
  const giveUp = (): void => limit.abort(new CulvertError("ABORTED", `Connecting to ${where} was given up`));
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  const timer = setTimeout(() => {
    limit.abort(new CulvertError("CONNECTION_TIMED_OUT", `No answer from ${where} within ${timeoutMs} ms`));
  }, timeoutMs);
  try {
    return await dialHost(host, {
      signal: limit.signal,
      attempt: async (address, given) => {
        // Only the one that is used may read: a target may speak first, to each of them.
        const socket = dialSocket({ host: address, port }, socketOptions, { pool, taker }).pause();
        await untilConnected(socket, where, given);
        return socket;
      },
      discard: (socket) => socket.destroy(),
    });
  } catch (error) {
    throw targetFailure(where, error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}
