import type { Address } from "@x/core";
import { startEcho, startHop, startUppercase } from "@x/routing";
import type { ServiceSpec } from "./node-spec.js";
import type { RuntimeContext } from "./runtime-context.js";
import { failureFields } from "./runtime-log.js";
import type { ServiceView, WorkerView } from "./views.js";

/** The services of a node: those every node has, and the hops a user started. */
export class Services {
  readonly #context: RuntimeContext;
  readonly #views: ServiceView[] = [];
  readonly #started: ServiceSpec[] = [];

  constructor(context: RuntimeContext) {
    this.#context = context;
  }

  /** Starts what every node has. The relay service is started beside it and named here. */
  startDefaults(relayService: Address): void {
    const { node } = this.#context;
    startUppercase(node, { address: "uppercase", exposure: "network" });
    startEcho(node, { address: "echo", exposure: "network" });
    this.#views.push({ addr: "uppercase", type: "uppercase" }, { addr: "echo", type: "echo" });
    this.#views.push({ addr: relayService, type: "relay" });
  }

  /**
   * Starts a service that the network can reach.
   *
   * @throws CulvertError ADDRESS_TAKEN, WORKER_LIMIT_EXCEEDED
   */
  start(spec: ServiceSpec): ServiceView {
    startHop(this.#context.node, { address: spec.address, exposure: "network" });
    const view = { addr: spec.address, type: spec.type };
    this.#views.push(view);
    this.#started.push(spec);
    this.#context.changed();
    return view;
  }

  /** Starts services again. One that fails is logged and left out. */
  restore(specs: readonly ServiceSpec[]): void {
    for (const spec of specs) {
      try {
        this.start(spec);
      } catch (error) {
        this.#context.log.error(failureFields(error), `Cannot start service ${spec.address}`);
      }
    }
  }

  list(): readonly ServiceView[] {
    return [...this.#views];
  }

  /** Every worker of the node, also those that belong to relays, inlets and outlets. */
  workers(): readonly WorkerView[] {
    return this.#context.node
      .workers()
      .map(({ address, type, exposure, queued }) => ({ addr: address, type, exposure, queued }));
  }

  spec(): readonly ServiceSpec[] {
    return [...this.#started];
  }
}
