import type { InletView } from "../../runtime/views.js";
import { healthFields } from "../shared/health-fields.js";
import type { Block } from "../shared/result-blocks.js";

/** An inlet as people read it. */
export function inletBlock(view: InletView): Block {
  return {
    title: view.alias,
    fields: {
      status: view.status,
      "listens on": view.bind_addr,
      to: view.outlet_addr,
      route: view.outlet_route,
      worker: view.worker_addr,
      ...healthFields(view),
      "last failure": view.last_failure,
    },
  };
}
