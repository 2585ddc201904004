export type { TcpCounters } from "./counters.js";
export type { TcpOptions } from "./settings.js";
export { type TcpTransport, tcp } from "./tcp.js";
