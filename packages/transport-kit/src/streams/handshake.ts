import type { Socket } from "node:net";
import { CulvertError } from "@x/core";
import { encodeHello, type Hello } from "./hello.js";
import type { TcpSettings } from "./settings.js";
import type { SocketLink } from "./socket-link.js";
import { systemError } from "./system-error.js";

/**
 * Says hello and waits for the peer's. The socket is destroyed when that fails, and pauses behind the hello when it does not.
 *
 * @throws CulvertError HANDSHAKE_FAILED, VERSION_UNSUPPORTED, CONNECTION_LIMIT_EXCEEDED, CONNECTION_RESET
 */
export function shakeHands(link: SocketLink, settings: TcpSettings): Promise<Hello> {
  const { socket, reader } = link;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(silent(settings.handshakeTimeoutMs)), settings.handshakeTimeoutMs);
    const settle = (result: Hello | CulvertError): void => {
      clearTimeout(timer);
      socket.off("error", onError).off("end", onEnd).off("close", onEnd);
      if (result instanceof CulvertError) fail(result);
      else if (result.full) fail(full());
      else resolve(result);
    };
    const fail = (error: CulvertError): void => {
      reader.stop();
      socket.destroySoon();
      reject(error);
    };
    const onError = (error: Error): void => settle(error instanceof CulvertError ? error : failed(error));
    const onEnd = (): void => settle(failed());
    socket.on("error", onError).on("end", onEnd).on("close", onEnd);
    reader.awaitHello(settle);
    sayHello(socket, settings, false);
  });
}

/** Tells a peer that there is no room for it, and closes. */
export function turnAway(socket: Socket, settings: TcpSettings): void {
  sayHello(socket, settings, true);
  // Reading what the peer says keeps the system from resetting the connection before the hello got through.
  socket.resume();
  socket.end();
  setTimeout(() => socket.destroy(), settings.closeTimeoutMs).unref();
}

/** As `turnAway`, without waiting for the peer to read it: the socket is given back to the system before this returns. */
export function turnAwayAtOnce(socket: Socket, settings: TcpSettings): void {
  sayHello(socket, settings, true);
  socket.destroy();
}

function sayHello(socket: Socket, settings: TcpSettings, isFull: boolean): void {
  const { maxFrameBytes, deadPeerMs } = settings;
  socket.write(encodeHello({ maxFrameBytes, deadPeerMs, full: isFull }));
}

function silent(limitMs: number): CulvertError {
  return new CulvertError(
    "HANDSHAKE_FAILED",
    `Cannot shake hands: the peer said no hello within ${limitMs} ms`,
  );
}

function full(): CulvertError {
  return new CulvertError(
    "CONNECTION_LIMIT_EXCEEDED",
    "Cannot shake hands: the peer has no room for another connection",
  );
}

function failed(error?: Error): CulvertError {
  const reason = error === undefined ? "the peer closed" : systemError(error, "read").message;
  return new CulvertError("HANDSHAKE_FAILED", `Cannot shake hands: ${reason} before it said hello`, {
    cause: error,
  });
}
