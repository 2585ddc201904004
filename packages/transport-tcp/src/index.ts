export type { TcpOptions } from "./settings.js";
export { tcp } from "./tcp.js";
