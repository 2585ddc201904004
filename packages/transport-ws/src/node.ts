export { ws, wss } from "./node/ws.js";
export type { WsOptions, WsTls } from "./settings.js";
export type { WsCounters, WsTransport } from "./ws-transport.js";
