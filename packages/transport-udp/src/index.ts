export type { UdpCounters } from "./counters.js";
export type { UdpOptions } from "./settings.js";
export { type UdpTransport, udp } from "./udp.js";
