import {
  type Address,
  CulvertError,
  checkAddress,
  checkCount,
  type Exposure,
  generateAddress,
  isTransportHop,
  type MessageHandler,
  optionInvalid,
  type WorkerOptions,
} from "@x/core";
import type { Delivery } from "../delivery/delivery.js";
import type { Router } from "../delivery/router.js";
import type { Watchers } from "../delivery/watchers.js";
import type { NodeLimits } from "../limits.js";
import type { WorkerInfo } from "../node.js";
import type { Reporter } from "../report.js";
import { LocalWorker } from "./local-worker.js";
import { MessageQueue, type QueueTotal } from "./message-queue.js";

/** What the workers of a node share. */
export interface WorkerTableOptions {
  readonly router: Router;
  readonly watchers: Watchers;
  readonly report: Reporter;
  readonly limits: NodeLimits;
  readonly queueTotal: QueueTotal;
}

/** The workers of a node. */
export class WorkerTable {
  readonly #options: WorkerTableOptions;
  readonly #workers = new Map<Address, LocalWorker>();

  constructor(options: WorkerTableOptions) {
    this.#options = options;
  }

  /** How many there are. */
  get size(): number {
    return this.#workers.size;
  }

  /**
   * Starts a worker.
   *
   * @throws CulvertError ADDRESS_INVALID, ADDRESS_TAKEN, OPTION_INVALID, WORKER_LIMIT_EXCEEDED
   */
  start(handler: MessageHandler, options: WorkerOptions): LocalWorker {
    const { router, watchers, report, limits } = this.#options;
    const address = checkFree(router, options.address ?? generateAddress());
    if (this.#workers.size >= limits.maxWorkers) {
      throw new CulvertError(
        "WORKER_LIMIT_EXCEEDED",
        `Cannot start worker "${address}": limit of this node is ${limits.maxWorkers} workers`,
      );
    }
    const worker: LocalWorker = new LocalWorker({
      address,
      exposure: checkExposure(options.exposure ?? "local"),
      access: options.access,
      type: options.type ?? "worker",
      takesParts: options.takesParts === true,
      handler,
      queue: this.#queue(options.maxQueuedMessages, (delivery) => {
        const reason = `Cannot deliver to "${address}": the message gives way to one of a sender with fewer that wait`;
        router.refuse(delivery, "WORKER_BUSY", address, reason);
      }),
      router,
      report,
      congestionPatienceMs: limits.congestionPatienceMs,
      onState: (state, why) => {
        if (state === "gone") this.#remove(worker);
        watchers.tell(address, state, why);
      },
    });
    this.#workers.set(address, worker);
    router.receivers.set(address, worker);
    watchers.tell(address, "up");
    return worker;
  }

  /** The workers as people see them. */
  list(): readonly WorkerInfo[] {
    return Array.from(this.#workers.values(), ({ address, type, exposure, queued }) => ({
      address,
      type,
      exposure,
      queued,
    }));
  }

  /** Stops all of them. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#workers.values(), (worker) => worker.close()));
  }

  #queue(
    maxMessages = this.#options.limits.maxQueuedMessages,
    onGivenBack: (delivery: Delivery) => void,
  ): MessageQueue<Delivery> {
    checkCount("maxQueuedMessages", maxMessages, { min: 1 });
    const { maxQueuedBytes: maxBytes } = this.#options.limits;
    return new MessageQueue({ maxMessages, maxBytes }, this.#options.queueTotal, onGivenBack);
  }

  #remove({ address }: LocalWorker): void {
    this.#workers.delete(address);
    this.#options.router.receivers.delete(address);
  }
}

/** A misspelt exposure must not open a worker, nor close one in silence. */
function checkExposure(exposure: Exposure): Exposure {
  if (exposure === "local" || exposure === "network") return exposure;
  throw optionInvalid("exposure", exposure, 'it has to be "local" or "network"');
}

/**
 * Checks that a receiver can have an address.
 *
 * @throws CulvertError ADDRESS_INVALID, ADDRESS_TAKEN
 */
export function checkFree(router: Router, address: Address): Address {
  if (isTransportHop(checkAddress(address))) {
    throw new CulvertError("ADDRESS_INVALID", `Cannot use address "${address}": it is a transport hop`);
  }
  if (router.receivers.has(address)) {
    throw new CulvertError("ADDRESS_TAKEN", `Cannot use address "${address}": it is taken`);
  }
  return address;
}
