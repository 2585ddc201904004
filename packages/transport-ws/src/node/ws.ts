import type { WsOptions } from "../settings.js";
import { type WebSocketPlatform, type WsTransport, wsTransport } from "../ws-transport.js";
import { checkOptions } from "./check-options.js";
import { openSocket } from "./open-socket.js";
import { listenForSockets } from "./web-socket-source.js";

const platform: WebSocketPlatform = { open: openSocket, listen: listenForSockets };

/**
 * The WebSocket transport: `ws#127.0.0.1:8080`, `ws#relay.example/culvert`. It listens too.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function ws(options: WsOptions = {}): WsTransport {
  checkOptions(options);
  return wsTransport("ws", options, platform);
}

/**
 * The same over TLS: `wss#relay.example/culvert`. To listen it needs `tls.cert` and `tls.key`; a proxy in front of `ws` does not.
 *
 * @throws CulvertError OPTION_INVALID
 */
export function wss(options: WsOptions = {}): WsTransport {
  checkOptions(options);
  return wsTransport("wss", options, platform);
}
