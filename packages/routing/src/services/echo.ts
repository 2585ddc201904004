import type { WorkerHandle, WorkerHost } from "@x/core";
import { startReplier } from "./replier.js";
import type { ServiceOptions } from "./service-options.js";

/**
 * Starts a worker that replies with the payload it receives. Its name is `echo` unless told otherwise.
 *
 * @throws CulvertError what `startWorker` throws
 */
export function startEcho(host: WorkerHost, options: ServiceOptions = {}): WorkerHandle {
  return startReplier(host, ({ payload }) => payload, { address: "echo", ...options, type: "echo" });
}
