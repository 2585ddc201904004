import { formatHop } from "../syntax/multi-address.js";
import type { RuntimeParts } from "./node-runtime.js";
import type { NodeView, TransportView } from "./views.js";

/** What results show of a node. */
export function nodeView(parts: RuntimeParts): NodeView {
  const { context, services, connections, listeners, relayListing, outlets, inlets } = parts;
  const name = context.nodeName;
  const listening = listeners.list();
  return {
    name,
    route: { short: `/node/${name}`, verbose: listenerPath(listening) },
    transports: [...listening, ...connections.list("tcp"), ...connections.list("udp")],
    inlets: inlets.list(),
    outlets: outlets.views(),
    relays: relayListing.list(),
    services: services.list(),
  };
}

/** Where the node is reached from its own machine: `/dnsaddr/localhost/tcp/7000`. */
function listenerPath(listening: readonly TransportView[]): string | null {
  const first = listening.find(({ type }) => type === "tcp") ?? listening[0];
  if (first === undefined) return null;
  const port = first.socket_addr.slice(first.socket_addr.lastIndexOf(":") + 1);
  return formatHop(`${first.type}#localhost:${port}`);
}
