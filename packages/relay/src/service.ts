import {
  type Address,
  CulvertError,
  checkLimits,
  isCulvertError,
  type Message,
  optionInvalid,
  type WorkerHandle,
  type WorkerHost,
} from "@x/core";
import { memoryDirectory, type RelayDirectory } from "./directory.js";
import {
  defaultLeaseMs,
  defaultRelayLimits,
  maxLeaseMs,
  maxQueuedRequests,
  maxRegisteredHops,
  minLeaseMs,
  type RelayLimits,
} from "./limits.js";
import { type RelayChange, RelayRegistry } from "./registry.js";
import {
  decodeRelayRequest,
  encodeRelayReply,
  type RegisterRequest,
  type RelayReply,
  type RelayRequest,
} from "./relay-message.js";
import type { RelayRegistration } from "./relay-worker.js";
import { hashToken } from "./token.js";

/** Something a log should hold: a relay's change, or a request refused. */
export type RelayReport =
  | { readonly type: RelayChange; readonly registration: RelayRegistration }
  | { readonly type: "refused"; readonly error: CulvertError; readonly connection: Address | undefined };

/** How to start a relay service. */
export interface RelayServiceOptions {
  /** Where it receives requests. Default `relay`. */
  readonly address?: Address;
  /** What it allows. Default: see {@link RelayLimits}, each member by itself. */
  readonly limits?: Partial<RelayLimits>;
  /** Who holds which name. Default {@link memoryDirectory}. */
  readonly directory?: RelayDirectory;
  /** Told what happens to relays, for logs. It must not throw. */
  readonly onReport?: (report: RelayReport) => void;
}

/** Makes nodes that dialled out to this one reachable at `forward_to_<name>`. */
export interface RelayService extends AsyncDisposable {
  /** Where it receives requests. */
  readonly address: Address;
  /** The relays, in the order of their first registration. */
  list(): readonly RelayRegistration[];
  /**
   * Tells all clients that the service is about to end, so that they say so and come back by themselves, and refuses
   * registrations with RELAY_LEAVING. Relays go on forwarding until `close`. Safe to call twice.
   */
  leave(): void;
  /** Withdraws all relays and stops. Safe to call twice; within 1 s. Call `leave` before where clients shall know at once. */
  close(): Promise<void>;
}

/**
 * Starts a relay service on a node.
 * Whoever reaches the node can register; the owner of a name is who shows the token of its first registration.
 *
 * @param host not the operator's own: it sends along routes that others gave
 * @throws CulvertError ADDRESS_INVALID, ADDRESS_TAKEN, OPTION_INVALID, WORKER_LIMIT_EXCEEDED, NODE_CLOSED
 */
export function startRelayService(host: WorkerHost, options: RelayServiceOptions = {}): RelayService {
  return new Service(host, options);
}

class Service implements RelayService {
  readonly #limits: RelayLimits;
  readonly #onReport: (report: RelayReport) => void;
  readonly #registry: RelayRegistry;
  readonly #worker: WorkerHandle;
  #closing: Promise<void> | undefined;

  constructor(host: WorkerHost, options: RelayServiceOptions) {
    if (host.isOwn) throw optionInvalid("host", "own", "a relay service sends along routes of others");
    this.#limits = checkLimits("relay", defaultRelayLimits, options.limits);
    this.#onReport = options.onReport ?? (() => undefined);
    this.#registry = new RelayRegistry(host, {
      limits: this.#limits,
      directory: options.directory ?? memoryDirectory(),
      onChange: (type, registration) => this.#onReport({ type, registration }),
      onError: (error) => this.#reportRefused(failure(error), undefined),
    });
    this.#worker = host.startWorker((message) => this.#handle(message), {
      address: options.address ?? "relay",
      exposure: "network",
      type: "relay",
      maxQueuedMessages: maxQueuedRequests,
    });
  }

  get address(): Address {
    return this.#worker.address;
  }

  list(): readonly RelayRegistration[] {
    return this.#registry.list();
  }

  leave(): void {
    this.#registry.leave();
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #stop(): Promise<void> {
    await Promise.all([this.#worker.close(), this.#registry.close()]);
  }

  async #handle(message: Message): Promise<void> {
    if (!message.canReply) return;
    let reply: RelayReply;
    try {
      reply = await this.#answer(message);
    } catch (error) {
      const { code, message: reason } = failure(error);
      reply = { type: "refused", code, reason, epoch: 0 };
    }
    const connection = message.origin.arrivedBy;
    if (reply.type === "refused") this.#reportRefused(new CulvertError(reply.code, reply.reason), connection);
    // Not awaited: a client that reads slowly must not keep the others waiting.
    void message.reply(encodeRelayReply(reply));
  }

  async #answer(message: Message): Promise<RelayReply> {
    this.#checkRate(message.origin.arrivedBy);
    const request = decodeRelayRequest(message.payload);
    const claim = { ...orderOf(request), name: request.name, tokenHash: hashToken(request.token) };
    if (request.type === "release") return await this.#registry.release(claim);
    return await this.#registry.register({
      claim,
      route: routeToClient(message, request),
      connection: message.origin.arrivedBy,
      leaseMs: clampLease(request.leaseMs),
    });
  }

  #checkRate(connection: Address | undefined): void {
    if (connection === undefined || this.#registry.paths.takeRequest(connection)) return;
    const limit = `${this.#limits.maxRequestsPerSecond} requests a second and connection`;
    throw new CulvertError("RELAY_RATE_LIMIT_EXCEEDED", `Cannot take relay request: limit is ${limit}`);
  }

  #reportRefused(error: CulvertError, connection: Address | undefined): void {
    this.#onReport({ type: "refused", error, connection });
  }
}

function orderOf(request: RelayRequest): { readonly epoch: number; readonly sequence: number } {
  return { epoch: request.epoch, sequence: request.sequence };
}

/** The request's return route, with the client's forwarding worker in place of the worker that waits for the reply. */
function routeToClient(message: Message, request: RegisterRequest): readonly Address[] {
  const hops = message.returnRoute.length;
  if (hops > maxRegisteredHops) {
    throw new CulvertError(
      "ROUTE_TOO_LONG",
      `Cannot register relay "${request.name}" over ${hops} hops: limit is ${maxRegisteredHops} hops`,
    );
  }
  return [...message.returnRoute.slice(0, -1), request.forwardTo];
}

/** Peer-given times are clamped, never trusted. */
function clampLease(leaseMs: number): number {
  if (leaseMs === 0) return defaultLeaseMs;
  return Math.min(maxLeaseMs, Math.max(minLeaseMs, leaseMs));
}

function failure(error: unknown): CulvertError {
  if (isCulvertError(error)) return error;
  // What went wrong inside is for the log, not for the peer.
  return new CulvertError("INTERNAL", "Cannot answer relay request: the relay service failed", {
    cause: error,
  });
}
