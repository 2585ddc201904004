import type { Socket } from "node:net";
import { CulvertError, formatHostPort, type HostPort, isIpv4, isIpv6 } from "@x/core";
import { dialHost, isSelfConnected, untilConnected } from "@x/transport-kit/node";
import { dialSocket, type SocketOptions, type SocketReading } from "../sockets/socket-reading.js";
import { targetFailure } from "./target-failure.js";

/** How to connect to a target. */
export interface TargetOptions extends SocketOptions {
  /** How long it may take to accept, names resolved and all addresses tried, in milliseconds. */
  readonly timeoutMs: number;
  readonly reading: SocketReading;
  /** The target accepted. The socket is paused. */
  readonly onConnected: (socket: Socket) => void;
  /** TARGET_REFUSED, TARGET_UNRESOLVED, TARGET_TIMED_OUT or TARGET_UNREACHABLE. */
  readonly onFailed: (error: CulvertError) => void;
}

/**
 * Begins to connect to a target, by all addresses of its name. `onConnected` or `onFailed` follows, unless it is given up before:
 * by calling what is returned.
 */
export function connectTarget(place: HostPort, options: TargetOptions): () => void {
  const isAddress = isIpv4(place.host) || isIpv6(place.host);
  return isAddress ? dialAddress(place, options) : dialName(place, options);
}

/** With one address there is nothing to race: most targets are given so, and a race costs a fifth of a short connection. */
function dialAddress(
  place: HostPort,
  { timeoutMs, reading, onConnected, onFailed, ...options }: TargetOptions,
): () => void {
  const where = formatHostPort(place.host, place.port);
  const socket = dialSocket(place, options, reading).pause();
  const fail = (cause: unknown): void => {
    end();
    socket.destroy();
    onFailed(targetFailure(where, cause));
  };
  const timer = setTimeout(() => fail(noAnswer(where, timeoutMs)), timeoutMs);
  const connected = (): void => {
    if (isSelfConnected(socket)) {
      fail(new CulvertError("CONNECTION_REFUSED", `Cannot connect to ${where}: nobody listens there`));
      return;
    }
    end();
    onConnected(socket);
  };
  const end = (): void => {
    clearTimeout(timer);
    socket.off("connect", connected).off("error", fail);
    // A socket without an error listener takes the process down, also when it is destroyed already.
    socket.on("error", () => {});
  };
  socket.once("connect", connected).once("error", fail);
  return () => {
    end();
    socket.destroy();
  };
}

function dialName(
  place: HostPort,
  { timeoutMs, reading, onConnected, onFailed, ...options }: TargetOptions,
): () => void {
  const { host, port } = place;
  const where = formatHostPort(host, port);
  const limit = new AbortController();
  let isGivenUp = false;
  const timer = setTimeout(() => limit.abort(noAnswer(where, timeoutMs)), timeoutMs);
  const dialling = dialHost(host, {
    signal: limit.signal,
    attempt: async (address, given) => {
      // Only the one that is used may read: a target may speak first, to each of them.
      const socket = dialSocket({ host: address, port }, options, reading).pause();
      await untilConnected(socket, where, given);
      return socket;
    },
    discard: (socket) => socket.destroy(),
  });
  void dialling
    .finally(() => clearTimeout(timer))
    .then(
      (socket) => (isGivenUp ? socket.destroy() : onConnected(socket)),
      (error: unknown) => {
        if (!isGivenUp) onFailed(targetFailure(where, error));
      },
    );
  return () => {
    isGivenUp = true;
    limit.abort(new CulvertError("ABORTED", `Connecting to ${where} was given up`));
  };
}

function noAnswer(where: string, timeoutMs: number): CulvertError {
  return new CulvertError("CONNECTION_TIMED_OUT", `No answer from ${where} within ${timeoutMs} ms`);
}
