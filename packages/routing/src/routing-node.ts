import {
  type Address,
  type AddressState,
  CulvertError,
  generateAddress,
  isAddress,
  isTransportHop,
  type MessageHandler,
  type OutgoingMessage,
  type Transport,
  transportHop,
  type WorkerHandle,
  type WorkerOptions,
} from "@x/core";
import { ConnectionTable } from "./connection-table.js";
import { defaultNodeLimits, nodeCloseTimeoutMs } from "./limits.js";
import type { ConnectOptions, Node, NodeConnection, NodeListener, NodeOptions, WorkerInfo } from "./node.js";
import type { OwnedConnection } from "./owned-connection.js";
import { safeReporter } from "./report.js";
import { Router } from "./router.js";
import type { NodeStats } from "./stats.js";
import { Watchers } from "./watchers.js";
import { withinTimeout } from "./within-timeout.js";
import { WorkerTable } from "./worker-table.js";

/** The node: its tables and the router between them. Made by `createNode`. */
export class RoutingNode implements Node {
  readonly name: string;
  readonly #router: Router;
  readonly #watchers: Watchers;
  readonly #workers: WorkerTable;
  readonly #connections: ConnectionTable;
  readonly #listeners = new Set<NodeListener>();
  readonly #queueTotal = { bytes: 0 };
  readonly #refusal: (() => string | undefined) | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: NodeOptions) {
    this.name = options.name ?? generateAddress();
    this.#refusal = options.refusal;
    const report = safeReporter(options.onReport);
    this.#watchers = new Watchers((address, error) => report({ type: "listener-failed", address, error }));
    this.#router = new Router({ report, dialHop: (hop) => this.#connectionForHop(hop).link });
    const common = {
      router: this.#router,
      watchers: this.#watchers,
      report,
      limits: { ...defaultNodeLimits, ...options.limits },
      queueTotal: this.#queueTotal,
    };
    this.#workers = new WorkerTable(common);
    const { now = Date.now, random = Math.random, transports = [] } = options;
    this.#connections = new ConnectionTable({ ...common, now, random, transports: byName(transports) });
  }

  startWorker(handler: MessageHandler, options: WorkerOptions = {}): WorkerHandle {
    this.#checkOpen();
    return this.#workers.start(handler, options);
  }

  send(message: OutgoingMessage): Promise<void> | undefined {
    return this.#router.send(message);
  }

  watch(address: Address, listener: (state: AddressState) => void): () => void {
    const stop = this.#watchers.add(address, listener, () => this.#connections.release(address));
    if (isAddress(address) && isTransportHop(address)) this.#dialForWatch(address);
    this.#watchers.tell(address, this.#stateOf(address));
    return stop;
  }

  async listen(address: Address): Promise<NodeListener> {
    this.#checkOpen();
    const { transport, where } = this.#connections.resolve(address);
    let isAccepting = true;
    const listener = await transport.listen(where, {
      onConnection: (connection) => {
        if (isAccepting && this.#closed === undefined) this.#connections.accept(transport, connection);
        else void connection.close();
      },
      refusal: () => this.#connections.refusal() ?? this.#refusal?.(),
    });
    const close = async (): Promise<void> => {
      this.#listeners.delete(nodeListener);
      await listener.close();
    };
    const nodeListener: NodeListener = {
      address: transportHop(transport.name, listener.where),
      stopAccepting: () => {
        isAccepting = false;
        listener.stopAccepting?.();
      },
      close,
      [Symbol.asyncDispose]: close,
    };
    this.#listeners.add(nodeListener);
    if (this.#closed !== undefined) await close();
    this.#checkOpen();
    return nodeListener;
  }

  async connect(address: Address, options: ConnectOptions = {}): Promise<NodeConnection> {
    this.#checkOpen();
    const { keep = true, wait = true, worker, signal } = options;
    if (signal?.aborted) throw givenUp(address);
    // While somebody waits for the first dial, its failure is the end.
    const isKept = (downForMs: number | undefined): boolean => keep && (!wait || downForMs !== undefined);
    const connection = this.#connections.add(address, worker === undefined ? { isKept } : { isKept, worker });
    const onAbort = (): void => {
      if (connection.local === undefined) void connection.close();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    const firstDial = connection.dial();
    if (!wait) return connection;
    await firstDial;
    signal?.removeEventListener("abort", onAbort);
    if (!connection.isClosed) return connection;
    if (signal?.aborted) throw givenUp(address);
    this.#checkOpen();
    throw connection.lastFailure ?? closedAtOnce(address);
  }

  workers(): readonly WorkerInfo[] {
    return this.#workers.list();
  }

  connections(): readonly NodeConnection[] {
    return this.#connections.list();
  }

  listeners(): readonly NodeListener[] {
    return [...this.#listeners];
  }

  stats(): NodeStats {
    const { delivered, refused } = this.#router;
    const refusedByCode = new Map(this.#router.refusedByCode);
    const { total, connections } = this.#connections.stats();
    const queuedBytes = this.#queueTotal.bytes;
    return {
      delivered,
      refused,
      refusedByCode,
      queuedBytes,
      workers: this.#workers.size,
      total,
      connections,
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    // Workers first: what waits for them is refused while the connections can still carry that.
    const workers = this.#workers.close();
    const listeners = Array.from(this.#listeners, (listener) => listener.close());
    const all = Promise.allSettled([workers, ...listeners, this.#connections.close()]);
    await withinTimeout(all, nodeCloseTimeoutMs);
  }

  #connectionForHop(hop: Address): OwnedConnection {
    this.#checkOpen();
    return this.#connections.forHop(hop);
  }

  #dialForWatch(hop: Address): void {
    try {
      this.#connectionForHop(hop);
    } catch (error) {
      // Nothing will ever be there: `gone` says it.
      if (!(error instanceof CulvertError)) throw error;
    }
  }

  #stateOf(address: Address): AddressState {
    return this.#connections.stateOf(address) ?? (this.#router.receivers.has(address) ? "up" : "gone");
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new CulvertError("NODE_CLOSED", `Node "${this.name}" is closed`);
  }
}

function byName(transports: readonly Transport[]): ReadonlyMap<string, Transport> {
  const map = new Map(transports.map((transport) => [transport.name, transport]));
  if (map.size < transports.length)
    throw new TypeError("Cannot make node: two transports have the same name");
  return map;
}

function closedAtOnce(address: Address): CulvertError {
  return new CulvertError("CONNECTION_CLOSED", `Cannot connect to ${address}: it was closed at once`);
}

function givenUp(address: Address): CulvertError {
  return new CulvertError("ABORTED", `Cannot connect to ${address}: it was given up`);
}
