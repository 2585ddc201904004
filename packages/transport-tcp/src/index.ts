export type { TcpOptions } from "./settings.js";
export { type TcpCounters, type TcpTransport, tcp } from "./tcp.js";
