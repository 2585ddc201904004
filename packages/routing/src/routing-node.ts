import {
  type Address,
  type AddressListener,
  type AddressResolver,
  type AddressState,
  CulvertError,
  checkLimits,
  generateAddress,
  isAddress,
  isCulvertError,
  isTransportHop,
  type MessageHandler,
  type OutgoingMessage,
  type SharedKey,
  type WorkerHandle,
  type WorkerHost,
  type WorkerOptions,
} from "@x/core";
import { ConnectionTable } from "./connection/connection-table.js";
import { close as closeQuietly, listenOnce, transportsByName } from "./connection/guarded-transport.js";
import type { OwnedConnection } from "./connection/owned-connection.js";
import { Resolvers } from "./delivery/resolvers.js";
import { Router } from "./delivery/router.js";
import { Watchers } from "./delivery/watchers.js";
import { defaultNodeLimits, nodeCloseTimeoutMs } from "./limits.js";
import type { ConnectOptions, Node, NodeConnection, NodeListener, NodeOptions, WorkerInfo } from "./node.js";
import { safeReporter } from "./report.js";
import type { NodeStats } from "./stats.js";
import { QueueTotal } from "./worker/message-queue.js";
import { withinTimeout } from "./worker/within-timeout.js";
import { WorkerTable } from "./worker/worker-table.js";

/** The node: its tables and the router between them. Made by `createNode`. */
export class RoutingNode implements Node {
  readonly name: string;
  /** Workers, and whoever was handed the node as a host, have no rights of the operator's. */
  readonly isOwn = false;
  readonly own: WorkerHost;
  readonly #router: Router;
  readonly #watchers: Watchers;
  readonly #workers: WorkerTable;
  readonly #connections: ConnectionTable;
  readonly #resolvers: Resolvers;
  readonly #shared = new Map<SharedKey<unknown>, unknown>();
  readonly #listeners = new Set<NodeListener>();
  readonly #queueTotal: QueueTotal;
  readonly #refusal: (() => string | undefined) | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: NodeOptions) {
    this.name = options.name ?? generateAddress();
    this.#refusal = options.refusal;
    const report = safeReporter(options.onReport);
    this.#watchers = new Watchers((address, error) => report({ type: "listener-failed", address, error }));
    const limits = checkLimits("node", defaultNodeLimits, options.limits);
    this.#queueTotal = new QueueTotal(limits.maxQueuedBytesPerNode);
    this.#resolvers = new Resolvers(limits, this.#queueTotal);
    this.#router = new Router({
      report,
      resolvers: this.#resolvers,
      dialHop: (hop) => this.#connectionForHop(hop).receiver,
    });
    const common = {
      router: this.#router,
      watchers: this.#watchers,
      report,
      limits,
      queueTotal: this.#queueTotal,
    };
    this.#workers = new WorkerTable(common);
    const { now = Date.now, random = Math.random, transports = [] } = options;
    this.#connections = new ConnectionTable({
      ...common,
      now,
      random,
      transports: transportsByName(transports),
    });
    this.own = this.#ownHost();
  }

  startWorker(handler: MessageHandler, options: WorkerOptions = {}): WorkerHandle {
    this.#checkOpen();
    return this.#workers.start(handler, options);
  }

  send(message: OutgoingMessage): Promise<void> | undefined {
    return this.#router.send(message, this.#router.plain);
  }

  watch(address: Address, listener: AddressListener): () => void {
    // Watching would dial and keep it, which is not for everybody.
    if (isAddress(address) && isTransportHop(address)) {
      listener("gone");
      return () => undefined;
    }
    return this.#watch(address, listener);
  }

  addResolver(prefix: string, resolve: AddressResolver): () => void {
    return this.#resolvers.add(prefix, resolve);
  }

  shared<Value>(key: SharedKey<Value>): Value {
    this.#checkOpen();
    if (!this.#shared.has(key)) this.#shared.set(key, key.make());
    return this.#shared.get(key) as Value;
  }

  async listen(address: Address): Promise<NodeListener> {
    this.#checkOpen();
    const { transport, where } = this.#connections.resolve(address);
    let isAccepting = true;
    const { listener, address: bound } = await listenOnce(transport, where, {
      onConnection: (connection) => {
        if (isAccepting && this.#closed === undefined) this.#connections.accept(transport, connection);
        else void closeQuietly(connection);
      },
      refusal: () => this.#connections.refusal() ?? this.#refusal?.(),
    });
    const close = async (): Promise<void> => {
      this.#listeners.delete(nodeListener);
      await closeQuietly(listener);
    };
    const nodeListener: NodeListener = {
      address: bound,
      stopAccepting: () => {
        isAccepting = false;
        try {
          listener.stopAccepting?.();
        } catch {
          // What it still accepts is closed.
        }
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
    const { keep = true, wait = true, admit: admits = false, worker, signal } = options;
    if (signal?.aborted) throw givenUp(address);
    // While somebody waits for the first dial, its failure is the end.
    const isKept = (downForMs: number | undefined): boolean => keep && (!wait || downForMs !== undefined);
    const connection = this.#connections.add(address, {
      isKept,
      admits,
      ...(worker !== undefined && { worker }),
    });
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

  connection(worker: Address): NodeConnection | undefined {
    return this.#connections.find(worker);
  }

  listeners(): readonly NodeListener[] {
    return [...this.#listeners];
  }

  stats(): NodeStats {
    const { delivered, refused, probes } = this.#router;
    const refusedByCode = new Map(this.#router.refusedByCode);
    const { total, connections } = this.#connections.stats();
    const queuedBytes = this.#queueTotal.bytes;
    return {
      delivered,
      refused,
      refusedByCode,
      probes,
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
    const shared = Array.from(this.#shared.values(), (value) =>
      closeQuietly(value as { close?: () => unknown }),
    );
    await withinTimeout(Promise.all(shared), nodeCloseTimeoutMs);
  }

  #ownHost(): WorkerHost {
    return {
      isOwn: true,
      startWorker: (handler, options) => this.startWorker(handler, options),
      send: (message) => this.#router.send(message, this.#router.own),
      watch: (address, listener) => this.#watch(address, listener),
      addResolver: (prefix, resolve) => this.addResolver(prefix, resolve),
      shared: (key) => this.shared(key),
    };
  }

  #watch(address: Address, listener: AddressListener): () => void {
    const stop = this.#watchers.add(address, listener, () => this.#connections.release(address));
    if (isAddress(address) && isTransportHop(address)) this.#dialForWatch(address);
    this.#watchers.tell(address, this.#stateOf(address));
    return stop;
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
      if (!isCulvertError(error)) throw error;
    }
  }

  #stateOf(address: Address): AddressState {
    return this.#connections.stateOf(address) ?? this.#router.receivers.get(address)?.state ?? "gone";
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new CulvertError("NODE_CLOSED", `Node "${this.name}" is closed`);
  }
}

function closedAtOnce(address: Address): CulvertError {
  return new CulvertError("CONNECTION_CLOSED", `Cannot connect to ${address}: it was closed at once`);
}

function givenUp(address: Address): CulvertError {
  return new CulvertError("ABORTED", `Cannot connect to ${address}: it was given up`);
}
