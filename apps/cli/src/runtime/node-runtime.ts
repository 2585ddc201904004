import type { CulvertError } from "@x/core";
import { createPortalBudget } from "@x/portal-tcp";
import { type NameStore, startRelayService } from "@x/relay";
import { createNode, type Node, startEcho, startUppercase } from "@x/routing";
import { channelPeer } from "@x/secure-channel";
import { authorityAddress } from "../authority/authority-service.js";
import { EventLog } from "../events/event-log.js";
import type { Registry } from "../registry/registry.js";
import type { Resource } from "../registry/resource.js";
import { AddressSyntax } from "../syntax/multi-address.js";
import { channelListenerAddress } from "../syntax/secure-hop.js";
import { type LimitUse, limitUse } from "./limits/limit-levels.js";
import { type LimitSettings, nodeLimits, relayLimits, routingLimits } from "./limits/node-limits.js";
import { OpenFiles } from "./limits/open-files.js";
import { Refusals } from "./limits/refusals.js";
import { logRelayReport, logReport } from "./node-report-log.js";
import { emptySpec, type NodeSpec } from "./node-spec.js";
import type { Operations } from "./operation-types.js";
import { createOperations } from "./operations.js";
import { ResourceTable } from "./resource-table.js";
import { SharedRoutes } from "./routes/shared-routes.js";
import type { RuntimeContext } from "./runtime-context.js";
import { type RuntimeLog, silentLog } from "./runtime-log.js";
import type { RuntimeParts } from "./runtime-parts.js";
import { loadTransports, type NodeTransport } from "./transports.js";
import { NodeAuthority, type NodeAuthorityOptions } from "./trust/node-authority.js";
import { NodeChannels } from "./trust/node-channels.js";
import { type ChannelListenerEntry, startNodeListener } from "./trust/node-listener.js";
import { NodeTrust, type NodeTrustOptions } from "./trust/node-trust.js";
import { Policies } from "./trust/policies.js";

/** How to make a runtime. */
export interface NodeRuntimeOptions {
  /** The node's name. */
  readonly name: string;
  /** The kinds of things it can have, and its transports. */
  readonly registry: Registry;
  /** What to restore. Default: nothing. */
  readonly spec?: NodeSpec;
  /** Limits that differ from the defaults. */
  readonly limits?: LimitSettings;
  /** Where to write what happens. Default: nowhere. */
  readonly log?: RuntimeLog;
  /** Keeps the names of the relays that it hosts over restarts. Default: in memory alone. */
  readonly relayNames?: NameStore;
  /** Who it is, and whom it believes. Default: an identity that lasts as long as the node, and no authority. */
  readonly trust?: NodeTrustOptions;
  /** Makes it an authority, whose members are kept there. Default: it is none. */
  readonly authority?: NodeAuthorityOptions;
  /** Whether others can open channels to it, at {@link channelListenerAddress}. Default true. */
  readonly channelListener?: boolean;
}

/** A node with its listeners, connections, services, relays, inlets and outlets. */
export interface NodeRuntime extends AsyncDisposable {
  readonly name: string;
  /** The node, for its numbers. */
  readonly node: Node;
  /** What its parts share. */
  readonly context: RuntimeContext;
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

/** The address of the relay service of every node. */
const relayServiceAddress = "relay";

/**
 * Makes a node and restores what its spec names.
 * What cannot be restored now, such as a listener whose port is taken, is listed as down and tried again.
 */
export async function createNodeRuntime(options: NodeRuntimeOptions): Promise<NodeRuntime> {
  const { registry, log = silentLog, limits: settings = {}, spec = emptySpec, relayNames } = options;
  const limits = nodeLimits(settings, registry.transports);
  const refusals = new Refusals(log);
  const onReport = (error: CulvertError): void => refusals.note(error);
  const transports = await loadTransports(registry.transports, { limits, log, onReport });
  const given = {
    limits,
    refusals,
    log,
    events: new EventLog(log),
    openFiles: new OpenFiles(limits["open-files"]),
  };
  const kinds = await registry.resources();
  const trust = new NodeTrust(options.trust ?? {});
  const isAuthority = options.authority !== undefined;
  const runtime = new Runtime(options.name, {
    transports,
    kinds,
    given,
    spec,
    relayNames,
    trust,
    isAuthority,
  });
  try {
    if (options.channelListener !== false) await runtime.takeChannels();
    if (options.authority !== undefined) runtime.becomeAuthority(options.authority);
    await runtime.restore();
    return runtime;
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

interface Foundations {
  readonly transports: readonly NodeTransport[];
  readonly kinds: readonly Resource[];
  readonly given: Pick<RuntimeContext, "limits" | "refusals" | "openFiles" | "log" | "events">;
  readonly spec: NodeSpec;
  readonly relayNames: NameStore | undefined;
  readonly trust: NodeTrust;
  readonly isAuthority: boolean;
}

class Runtime implements NodeRuntime {
  readonly name: string;
  readonly node: Node;
  readonly operations: Operations;
  readonly #parts: RuntimeParts;
  readonly #restored: NodeSpec;
  readonly #listeners = new Set<() => void>();
  #ownListener: ChannelListenerEntry | undefined;
  #authority: NodeAuthority | undefined;
  #isRestoring = true;
  #closing: Promise<void> | undefined;

  constructor(name: string, foundations: Foundations) {
    const { transports, kinds, given, spec } = foundations;
    const { limits, refusals, openFiles, log, events } = given;
    this.name = name;
    this.node = createNode({
      name,
      transports: transports.map(({ transport }) => transport),
      limits: routingLimits(limits),
      refusal: openFiles.refusal,
      onReport: (report) => logReport(report, { log, refusals, events }),
    });
    this.#restored = spec;
    const context = this.#makeContext(foundations);
    // What belongs to a transport that could not be loaded waits for it.
    const usable = kinds.filter(
      ({ transport }) =>
        transport === undefined || transports.some(({ manifest }) => manifest.name === transport),
    );
    this.#parts = {
      context,
      transports,
      tables: usable.map((kind) => new ResourceTable(kind, context)),
      authority: () => this.#authority,
    };
    this.operations = createOperations(this.#parts);
  }

  /** Lets others open channels to it. */
  async takeChannels(): Promise<void> {
    const { context } = this.#parts;
    const { listener, identifier } = await startNodeListener(context, { address: channelListenerAddress });
    this.#ownListener = { listener, identifier };
  }

  /** Issues credentials. */
  becomeAuthority(options: NodeAuthorityOptions): void {
    this.#authority = new NodeAuthority(this.#parts.context, options);
  }

  async restore(): Promise<void> {
    const { tables, context } = this.#parts;
    for (const table of tables) await table.restore(this.#restored.resources[table.resource.noun] ?? []);
    for (const noun of Object.keys(this.#unknown())) {
      context.log.error({ noun }, "Cannot make what is kept in the state: its transport is not there");
    }
    this.#isRestoring = false;
  }

  get context(): RuntimeContext {
    return this.#parts.context;
  }

  spec(): NodeSpec {
    const own = this.#parts.tables.map((table) => [table.resource.noun, table.specs()] as const);
    return { version: 1, resources: { ...Object.fromEntries(own), ...this.#unknown() } };
  }

  onSpecChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  limitUse(): LimitUse {
    return limitUse(this.#parts);
  }

  openStreams(): number {
    return this.#parts.tables.reduce((sum, table) => sum + table.openStreams(), 0);
  }

  close({ graceMs = 0 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #makeContext({ given, transports, relayNames, trust, isAuthority }: Foundations): RuntimeContext {
    const { node } = this;
    const { limits, refusals, log, events } = given;
    const policies = new Policies({ hasAuthority: trust.authority !== undefined, refusals });
    const serviceAccess = (name: string) => policies.rule({ type: "service", name });
    startUppercase(node, {
      address: "uppercase",
      exposure: "network",
      access: serviceAccess("uppercase"),
    });
    startEcho(node, { address: "echo", exposure: "network", access: serviceAccess("echo") });
    const relayBlocks = new Set<string>();
    const relayService = startRelayService(node, {
      isBlocked: (name, owner) => relayBlocks.has(name) || (owner !== undefined && relayBlocks.has(owner)),
      address: relayServiceAddress,
      limits: relayLimits(limits),
      access: policies.rule({ type: "relay", name: relayServiceAddress }),
      ownerOf: policies.ownerOf,
      // What it passes on is sealed by whoever sends it, for the client and not for this node.
      wayTo: (origin) => origin.fact(channelPeer)?.wayBack,
      sourceOf: (connection) => node.connection(connection)?.remote,
      ...(relayNames !== undefined && { names: relayNames }),
      onReport: (report) => logRelayReport(report, { log, refusals, events }),
    });
    const channels = new NodeChannels({ node, trust, events, refusals });
    const names = ["uppercase", "echo", relayServiceAddress, ...(isAuthority ? [authorityAddress] : [])];
    return {
      ...given,
      nodeName: this.name,
      node,
      addresses: new AddressSyntax(transports.map(({ manifest }) => manifest)),
      services: names.map((name) => ({ type: name, address: name })),
      relayService,
      relayBlocks,
      trust,
      policies,
      channels,
      ownListener: () => this.#ownListener,
      shared: new SharedRoutes(node, channels),
      portalBudget: createPortalBudget(limits["portal-bytes"]),
      changed: () => this.#changed(),
    };
  }

  /** What was restored of kinds that this process does not know. */
  #unknown(): NodeSpec["resources"] {
    const known = new Set(this.#parts.tables.map(({ resource }) => resource.noun));
    const entries = Object.entries(this.#restored.resources);
    return Object.fromEntries(entries.filter(([noun, things]) => !known.has(noun) && things.length > 0));
  }

  #changed(): void {
    // What is being restored is in the spec already; a half-restored spec must not be kept.
    if (this.#isRestoring || this.#closing !== undefined) return;
    for (const listener of this.#listeners) listener();
  }

  async #close(graceMs: number): Promise<void> {
    const { tables, context } = this.#parts;
    for (const table of tables) table.stopAccepting();
    context.relayService.leave();
    await Promise.all(tables.map((table) => table.drain(graceMs)));
    // Not before: streams may come through them.
    await Promise.all(tables.map((table) => table.leave()));
    await context.relayService.close();
    await this.node.close();
  }
}
