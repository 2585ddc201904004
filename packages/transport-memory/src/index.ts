export type { MemoryLink, WireControl } from "./memory-link.js";
export { MemoryNetwork, type MemoryNetworkOptions } from "./memory-network.js";
export type { MemoryScheduler } from "./memory-scheduler.js";
export { type MemoryOptions, memory } from "./memory-transport.js";
export type { WireConditions } from "./wire-conditions.js";
