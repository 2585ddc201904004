import type { RelayDetail, RelayView } from "../../runtime/views.js";
import { healthFields } from "../shared/health-fields.js";
import type { Block } from "../shared/result-blocks.js";

/** A relay of a list as people read it. */
export function relayBlock(view: RelayView): Block {
  return {
    title: view.name,
    fields: {
      status: view.connection_status,
      address: `/service/${view.remote_address}`,
      at: view.destination_address,
      route: view.forwarding_route,
      worker: view.worker_address,
      ...healthFields(view),
      "last failure": view.last_failure,
    },
  };
}

/** One relay as people read it. */
export function relayDetailBlock(view: RelayDetail): Block {
  return {
    title: view.name,
    fields: {
      status: view.connection_status,
      address: view.remote_address,
      at: view.destination,
      route: view.relay_route,
      worker: view.worker_address,
      ...healthFields(view),
      "last failure": view.last_failure,
    },
  };
}
