import { createPortalBudget } from "@x/portal-tcp";
import { type RelayService, startRelayService } from "@x/relay";
import { createNode, type Node } from "@x/routing";
import { Connections } from "./connections.js";
import { Inlets } from "./inlets.js";
import { type LimitUse, limitUse } from "./limit-levels.js";
import { Listeners } from "./listeners.js";
import { type LimitSettings, nodeLimits, relayLimits, routingLimits } from "./node-limits.js";
import { logRelayReport, logReport } from "./node-report-log.js";
import { emptySpec, type NodeSpec } from "./node-spec.js";
import { OpenFiles } from "./open-files.js";
import type { Operations } from "./operation-types.js";
import { createOperations } from "./operations.js";
import { Outlets } from "./outlets.js";
import { Refusals } from "./refusals.js";
import { RelayListing } from "./relay-listing.js";
import { Relays, relayServiceAddress } from "./relays.js";
import type { RuntimeContext } from "./runtime-context.js";
import { type RuntimeLog, silentLog } from "./runtime-log.js";
import { Services } from "./services.js";
import { SharedConnections } from "./shared-connections.js";
import { type NodeTransports, nodeTransports } from "./transports.js";

/** How to make a runtime. */
export interface NodeRuntimeOptions {
  /** The node's name. */
  readonly name: string;
  /** What to restore. Default: nothing. */
  readonly spec?: NodeSpec;
  /** Limits that differ from the defaults. */
  readonly limits?: LimitSettings;
  /** Where to write what happens. Default: nowhere. */
  readonly log?: RuntimeLog;
}

/** A node with its listeners, connections, services, relays, inlets and outlets. */
export interface NodeRuntime extends AsyncDisposable {
  readonly name: string;
  /** The node, for its numbers. */
  readonly node: Node;
  /** What can be asked of it, by name. Each checks what it is given. */
  readonly operations: Operations;
  /** Everything to restore, as of now. */
  spec(): NodeSpec;
  /** Calls `listener` after each change of `spec()`, until the returned function is called. */
  onSpecChange(listener: () => void): () => void;
  /** How far it is from its limits, and what it refused. */
  limitUse(): LimitUse;
  /** Streams that are open on inlets and outlets. */
  openStreams(): number;
  /**
   * Takes nothing new, tells the clients of its relay service to come back, and gives open streams `graceMs` to end; then
   * resets what is left and closes everything, within about 2 s more. Default 0. Safe to call twice.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** What a runtime is made of. */
export interface RuntimeParts {
  readonly context: RuntimeContext;
  readonly transports: NodeTransports;
  readonly services: Services;
  readonly listeners: Listeners;
  readonly connections: Connections;
  readonly relays: Relays;
  readonly relayListing: RelayListing;
  readonly relayService: RelayService;
  readonly outlets: Outlets;
  readonly inlets: Inlets;
}

/**
 * Makes a node and restores what its spec names.
 * What cannot be restored now, such as a listener whose port is taken, is listed as down and tried again.
 */
export async function createNodeRuntime(options: NodeRuntimeOptions): Promise<NodeRuntime> {
  const runtime = new Runtime(options);
  await runtime.restore(options.spec ?? emptySpec);
  return runtime;
}

class Runtime implements NodeRuntime {
  readonly name: string;
  readonly node: Node;
  readonly operations: Operations;
  readonly #parts: RuntimeParts;
  readonly #listeners = new Set<() => void>();
  #isRestoring = true;
  #closing: Promise<void> | undefined;

  constructor({ name, log = silentLog, limits: settings = {} }: NodeRuntimeOptions) {
    this.name = name;
    const limits = nodeLimits(settings);
    const refusals = new Refusals(log);
    const openFiles = new OpenFiles(limits["open-files"]);
    const transports = nodeTransports(limits, (error) => refusals.note(error));
    this.node = createNode({
      name,
      transports: transports.all,
      limits: routingLimits(limits),
      refusal: openFiles.refusal,
      onReport: (report) => logReport(log, report, refusals),
    });
    this.#parts = this.#makeParts(transports, { limits, refusals, openFiles, log });
    this.operations = createOperations(this.#parts);
  }

  async restore(spec: NodeSpec): Promise<void> {
    const { services, connections, listeners, outlets, relays, inlets } = this.#parts;
    services.restore(spec.services);
    await connections.restore(spec.connections);
    await outlets.restore(spec.outlets);
    await listeners.restore(spec.listeners);
    await relays.restore(spec.relays);
    await inlets.restore(spec.inlets);
    this.#isRestoring = false;
  }

  spec(): NodeSpec {
    const { services, connections, listeners, outlets, relays, inlets } = this.#parts;
    return {
      version: 1,
      services: services.spec(),
      listeners: listeners.spec(),
      connections: connections.spec(),
      relays: relays.spec(),
      outlets: outlets.spec(),
      inlets: inlets.spec(),
    };
  }

  onSpecChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  limitUse(): LimitUse {
    return limitUse(this.#parts);
  }

  openStreams(): number {
    return this.#parts.inlets.openStreams() + this.#parts.outlets.openStreams();
  }

  close({ graceMs = 0 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #makeParts(
    transports: NodeTransports,
    given: Pick<RuntimeContext, "limits" | "refusals" | "openFiles" | "log">,
  ): RuntimeParts {
    const { limits, refusals, log } = given;
    const changed = (): void => this.#changed();
    const shared = new SharedConnections(this.node);
    const portalBudget = createPortalBudget(limits["portal-bytes"]);
    const context = { ...given, nodeName: this.name, node: this.node, shared, portalBudget, changed };
    const services = new Services(context);
    const relays = new Relays(context);
    const relayService = startRelayService(this.node, {
      address: relayServiceAddress,
      limits: relayLimits(limits),
      onReport: (report) => logRelayReport(log, report, refusals),
    });
    services.startDefaults(relayService.address);
    return {
      context,
      transports,
      services,
      relays,
      relayListing: new RelayListing(this.name, relays, relayService),
      relayService,
      listeners: new Listeners(context),
      connections: new Connections(context),
      outlets: new Outlets(context),
      inlets: new Inlets(context),
    };
  }

  #changed(): void {
    // What is being restored is in the spec already; a half-restored spec must not be kept.
    if (this.#isRestoring || this.#closing !== undefined) return;
    for (const listener of this.#listeners) listener();
  }

  async #close(graceMs: number): Promise<void> {
    const { listeners, inlets, outlets, relays, relayService } = this.#parts;
    listeners.stopAccepting();
    relayService.leave();
    await Promise.all([inlets.drain(graceMs), outlets.drain(graceMs)]);
    // Not before: streams may come through them.
    await relays.close();
    await relayService.close();
    await this.node.close();
  }
}
