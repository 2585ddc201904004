import { type ConnectionLister, showFailure } from "./failure-view.js";
import { healthView } from "./health-view.js";
import type { InletEntry } from "./inlets.js";
import { none, showRoute } from "./route-view.js";
import type { InletView } from "./views.js";

/** What results show of an inlet. One that could not listen again yet is down. */
export function inletView({ spec, start }: InletEntry, connections: ConnectionLister): InletView {
  const inlet = start.thing;
  const isUp = inlet?.state === "up";
  return {
    bind_addr: spec.listen,
    worker_addr: inlet === undefined ? none : `/service/${inlet.worker}`,
    alias: spec.alias,
    outlet_route: isUp ? showRoute(inlet.activeRoute) : null,
    status: isUp ? "Up" : "Down",
    outlet_addr: spec.routes.map(({ text }) => text).join(", "),
    last_failure: showFailure(inlet?.lastFailure ?? start.lastFailure, connections),
    ...healthView(inlet ?? start),
  };
}
