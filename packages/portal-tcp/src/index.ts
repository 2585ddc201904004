export type { AdmissionLimits } from "./admission.js";
export { createPortalBudget, type PortalBudget } from "./budget.js";
export { startInlet } from "./inlet.js";
export type { Inlet, InletOptions } from "./inlet-options.js";
export { type Outlet, type OutletOptions, startOutlet } from "./outlet.js";
export type { ProxyProtocol } from "./proxy-header.js";
export type { SocketOptions } from "./socket-reading.js";
export type { StreamSettings } from "./stream-settings.js";
