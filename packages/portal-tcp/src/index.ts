export { createPortalBudget, type PortalBudget } from "./budget.js";
export { type Inlet, type InletOptions, startInlet } from "./inlet.js";
export { type Outlet, type OutletOptions, startOutlet } from "./outlet.js";
export type { StreamSettings } from "./stream-settings.js";
