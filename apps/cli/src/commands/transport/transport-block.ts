import type { ConnectionView, TransportView } from "../../runtime/views.js";
import { healthFields } from "../shared/health-fields.js";
import type { Block } from "../shared/result-blocks.js";

/** A listener as people read it. */
export function listenerBlock(view: TransportView): Block {
  return {
    title: view.socket_addr,
    fields: { type: view.type, mode: view.mode, status: view.status, "last failure": view.last_failure },
  };
}

/** A connection as people read it. */
export function connectionBlock(view: ConnectionView): Block {
  return {
    title: view.address,
    fields: {
      from: view.from,
      to: view.to,
      type: view.type,
      mode: view.mode,
      status: view.status,
      ...healthFields(view),
      "last failure": view.last_failure,
    },
  };
}
