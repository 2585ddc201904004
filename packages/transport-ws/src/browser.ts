import { CulvertError } from "@x/core";
import { subProtocol } from "./limits.js";
import type { WsOptions } from "./settings.js";
import { untilOpen } from "./until-open.js";
import { type AnyWebSocket, WebSocketWire } from "./web-socket-wire.js";
import { type WebSocketPlatform, type WsTransport, wsTransport } from "./ws-transport.js";

/** The WebSocket of browsers, and of whatever has the same. */
interface PlatformParts {
  readonly WebSocket: new (url: URL, protocols: string) => AnyWebSocket;
}

let dialled = 0;

const platform: WebSocketPlatform = {
  async open({ url, where }, _settings, signal) {
    const socket = new (globalThis as unknown as PlatformParts).WebSocket(url, subProtocol);
    const names = { localWhere: `page:${++dialled}`, remoteWhere: where, source: where };
    return untilOpen(socket, new WebSocketWire(socket, names), signal);
  },
  async listen({ where }) {
    const message = `Cannot listen on ${where}: this platform has no sockets that listen`;
    throw new CulvertError("LISTEN_FAILED", message);
  },
};

/**
 * The WebSocket transport: `ws#127.0.0.1:8080`, `ws#relay.example/culvert`. It needs no server of ours at the other end but one
 * that passes WebSockets on, such as nginx.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function ws(options: WsOptions = {}): WsTransport {
  return wsTransport("ws", options, platform);
}

/**
 * The same over TLS: `wss#relay.example/culvert`.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function wss(options: WsOptions = {}): WsTransport {
  return wsTransport("wss", options, platform);
}
