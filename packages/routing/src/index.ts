export { startEcho } from "./echo.js";
export { startHop } from "./hop.js";
export { defaultNodeLimits, type NodeLimits } from "./limits.js";
export {
  type ConnectOptions,
  createNode,
  type Node,
  type NodeConnection,
  type NodeListener,
  type NodeOptions,
  type WorkerInfo,
} from "./node.js";
export type { NodeReport } from "./report.js";
export type { ServiceOptions } from "./service-options.js";
export type { ConnectionStats, NodeStats, TrafficStats } from "./stats.js";
export { startUppercase } from "./uppercase.js";
