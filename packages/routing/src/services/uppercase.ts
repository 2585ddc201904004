import type { WorkerHandle, WorkerHost } from "@x/core";
import { startReplier } from "./replier.js";
import type { ServiceOptions } from "./service-options.js";

/**
 * Starts a worker that replies with the UTF-8 text it receives, in upper case. Its name is `uppercase` unless told otherwise.
 * What is not UTF-8 comes back with U+FFFD in its place.
 *
 * @throws CulvertError what `startWorker` throws
 */
export function startUppercase(host: WorkerHost, options: ServiceOptions = {}): WorkerHandle {
  return startReplier(host, (message) => message.text().toUpperCase(), {
    address: "uppercase",
    ...options,
    type: "uppercase",
  });
}
