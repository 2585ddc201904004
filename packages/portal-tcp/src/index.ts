export type { StreamSettings } from "@x/stream";
export { createStreamBudget as createPortalBudget, type StreamBudget as PortalBudget } from "@x/stream";
export { startInlet } from "./inlet.js";
export type { Inlet, InletOptions, InletUpdate } from "./inlet-options.js";
export { type Outlet, type OutletOptions, type OutletUpdate, startOutlet } from "./outlet.js";
export type { SocketOptions } from "./sockets/socket-reading.js";
export type { ProxyProtocol } from "./target/proxy-header.js";
export type { PortalTraffic, Visitor, VisitorReport } from "./visitors/visitor-report.js";
