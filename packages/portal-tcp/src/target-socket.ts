import type { Socket } from "node:net";
import type { CulvertError } from "@x/core";
import { formatHostPort, type HostPort } from "./host-port.js";
import { dialSocket, type SocketOptions, type SocketReading } from "./socket-reading.js";
import { targetFailure } from "./target-failure.js";

/** How to connect to a target. */
export interface TargetOptions extends SocketOptions {
  /** How long it may take to accept, names resolved and all addresses tried, in milliseconds. */
  readonly timeoutMs: number;
  /** Bytes to send before all others. */
  readonly preface: Uint8Array | undefined;
}

export interface TargetHandlers {
  readonly reading: SocketReading;
  /** The target accepted. */
  readonly onConnected: () => void;
  /** The target did not accept; the socket is closed. */
  readonly onFailed: (error: CulvertError) => void;
}

/** Begins to connect to a target. Exactly one of `onConnected` and `onFailed` follows, unless the socket is destroyed before. */
export function connectTarget(place: HostPort, options: TargetOptions, handlers: TargetHandlers): Socket {
  const { timeoutMs, preface, ...socketOptions } = options;
  const socket = dialSocket(place, socketOptions, handlers.reading);
  const timer = setTimeout(() => {
    socket.destroy(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: "ETIMEDOUT" }));
  }, timeoutMs);
  const onError = (error: Error): void =>
    handlers.onFailed(targetFailure(formatHostPort(place.host, place.port), error));
  socket.once("error", onError);
  socket.once("close", () => clearTimeout(timer));
  socket.once("connect", () => {
    clearTimeout(timer);
    socket.off("error", onError);
    if (preface !== undefined) socket.write(preface);
    handlers.onConnected();
  });
  return socket;
}
