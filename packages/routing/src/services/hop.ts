import type { Message, WorkerHandle, WorkerHost } from "@x/core";
import type { ServiceOptions } from "./service-options.js";

/**
 * Starts a worker that passes messages on along their onward route and puts itself in front of the way back.
 * Its name is `hop` unless told otherwise. A message that ends here is refused with ROUTE_ENDED.
 *
 * @throws CulvertError what `startWorker` throws
 */
export function startHop(host: WorkerHost, options: ServiceOptions = {}): WorkerHandle {
  const worker = host.startWorker(
    // The node brings congestion ahead back to the sender; waiting here would slow everybody else.
    (message) => void passOn(message, worker.address),
    { address: "hop", exposure: "network", ...options, type: "hop" },
  );
  return worker;
}

function passOn(message: Message, hop: string): Promise<void> | undefined {
  // Where no reply can go, a hop in front would only make it come here.
  const hasWayBack = message.refusal === undefined && message.returnRoute.length > 0;
  const returnRoute = hasWayBack ? [hop, ...message.returnRoute] : message.returnRoute;
  return message.forward({ returnRoute, handOver: true });
}
