export { createNode } from "./create-node.js";
export { probeField } from "./delivery/probe-field.js";
export { defaultNodeLimits, type NodeLimits } from "./limits.js";
export type {
  ConnectOptions,
  Node,
  NodeConnection,
  NodeListener,
  NodeOptions,
  WorkerInfo,
} from "./node.js";
export type { NodeReport } from "./report.js";
export { startEcho } from "./services/echo.js";
export { startHop } from "./services/hop.js";
export type { ServiceOptions } from "./services/service-options.js";
export { startUppercase } from "./services/uppercase.js";
export type { ConnectionStats, NodeStats, TrafficStats } from "./stats.js";
