import type { Message, WorkerHandle, WorkerHost } from "@x/core";
import type { ServiceOptions } from "./service-options.js";

/**
 * Starts a worker that passes messages on along their onward route. Its name is `hop` unless told otherwise.
 * In front of the way back it puts a generated address of its own: an answer may come by a connection that this node dialled,
 * and such messages reach only what they were told.
 * A message that ends here is refused with ROUTE_ENDED.
 *
 * @throws CulvertError what `startWorker` throws
 */
export function startHop(host: WorkerHost, options: ServiceOptions = {}): WorkerHandle {
  // The node brings congestion ahead back to the sender; waiting here would slow everybody else.
  const handle = (message: Message): void => void passOn(message, wayBack.address);
  const settings = { exposure: "network", ...options, type: "hop" } as const;
  const worker = host.startWorker(handle, { address: "hop", ...settings });
  const wayBack = startWayBack(host, worker, handle, settings);
  const close = async (): Promise<void> => {
    await Promise.all([worker.close(), wayBack.close()]);
  };
  const { address } = worker;
  return {
    address,
    goDown: (reason, code) => worker.goDown(reason, code),
    comeUp: () => worker.comeUp(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function startWayBack(
  host: WorkerHost,
  worker: WorkerHandle,
  handle: (message: Message) => void,
  { exposure, type }: { readonly exposure: "local" | "network"; readonly type: string },
): WorkerHandle {
  try {
    return host.startWorker(handle, { exposure, type });
  } catch (error) {
    void worker.close();
    throw error;
  }
}

function passOn(message: Message, wayBack: string): Promise<void> | undefined {
  // Where no reply can go, a hop in front would only make it come here.
  const hasWayBack = message.refusal === undefined && message.returnRoute.length > 0;
  const returnRoute = hasWayBack ? [wayBack, ...message.returnRoute] : message.returnRoute;
  return message.forward({ returnRoute, handOver: true });
}
