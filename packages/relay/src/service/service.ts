import {
  type AccessRule,
  type Address,
  CulvertError,
  checkLimits,
  type IncomingMessage,
  isCulvertError,
  type Message,
  type Origin,
  optionInvalid,
  type Route,
  type WorkerHandle,
  type WorkerHost,
} from "@x/core";
import {
  defaultLeaseMs,
  defaultRelayLimits,
  maxLeaseMs,
  maxQueuedRequests,
  maxRegisteredHops,
  minLeaseMs,
  type RelayLimits,
} from "../limits.js";
import { memoryDirectory, type NameClaim, type RelayDirectory } from "../names/directory.js";
import { isSavedName, NameSaver, type NameStore } from "../names/name-store.js";
import { hashToken } from "../names/token.js";
import {
  decodeRelayRequest,
  encodeRelayReply,
  type RegisterRequest,
  type RelayReply,
  type RelayRequest,
} from "../protocol/relay-message.js";
import { type RelayChange, RelayRegistry } from "./registry.js";
import type { RelayRegistration } from "./relay-worker.js";
import { UnreadReplies } from "./unread-replies.js";

/** Something a log should hold: a change of a relay's name, a request refused, or names that could not be loaded or saved. */
export type RelayReport =
  | { readonly type: RelayChange; readonly name: string }
  | { readonly type: "names-failed"; readonly error: unknown }
  | {
      readonly type: "refused";
      readonly error: CulvertError;
      readonly connection: Address | undefined;
      /** Who asked, such as an identity; nothing for a stranger. */
      readonly owner: string | undefined;
    };

/** How to start a relay service. */
export interface RelayServiceOptions {
  /** Where it receives requests. Default `relay`. */
  readonly address?: Address;
  /** What it allows. Default: see {@link RelayLimits}, each member by itself. */
  readonly limits?: Partial<RelayLimits>;
  /** Who holds which name. Default {@link memoryDirectory}. */
  readonly directory?: RelayDirectory;
  /** Keeps the names for the next run, so that nobody takes them before their owners are back. Default: they end with the service. */
  readonly names?: NameStore;
  /**
   * The other end of a connection, such as `tcp#10.0.0.1:7000`: what `remote` of the node's connection says.
   * Default: nobody knows, and only the limits per connection hold.
   */
  readonly sourceOf?: (connection: Address) => string | undefined;
  /** Who may register, asked at every request. Default: everybody. */
  readonly access?: AccessRule;
  /** Who may send through the relays, asked at every message. Default: everybody. */
  readonly relayAccess?: AccessRule;
  /**
   * Who sent a request, such as the identity that the sender proved. A name that somebody registered is then never granted for
   * a token alone, and one that was granted for a token never to somebody. Default: nobody is known, and tokens say whose a name is.
   */
  readonly ownerOf?: (origin: Origin) => string | undefined;
  /**
   * The way to the node that sent a request, where the request's return route is not the way that relayed messages should take,
   * such as that of one that came out of a channel: they would be sealed once more, and speak in this node's name.
   * Default: the return route, without its last hop.
   */
  readonly wayTo?: (origin: Origin) => Route | undefined;
  /** Whether the operator lets nobody have a name, or an owner have any, asked at every request. Default: nothing is blocked. */
  readonly isBlocked?: (name: string, owner: string | undefined) => boolean;
  /** Told what happens to relays, for logs. It must not throw. */
  readonly onReport?: (report: RelayReport) => void;
}

/** Makes nodes that dialled out to this one reachable at `forward_to_<name>`. */
export interface RelayService extends AsyncDisposable {
  /** Where it receives requests. */
  readonly address: Address;
  /** The relays, in the order of their first registration. */
  list(): readonly RelayRegistration[];
  /** Names that are kept for owners who are away. */
  readonly keptNames: number;
  /** Bytes of replies that clients have not read yet. */
  readonly unreadReplyBytes: number;
  /** Ends a relay, and forgets a name that is kept; false where there is none. Its owner may register again, unless that is blocked. */
  withdraw(name: string): Promise<boolean>;
  /**
   * Tells all clients that the service is about to end, so that they say so and come back by themselves, and refuses
   * registrations with RELAY_LEAVING. Relays go on forwarding until `close`. Safe to call twice.
   */
  leave(): void;
  /** Withdraws all relays, saves the names and stops. Safe to call twice; within 1 s and what saving takes. Call `leave` before where clients shall know at once. */
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
  readonly #saver: NameSaver | undefined;
  readonly #unread = new UnreadReplies();
  readonly #worker: WorkerHandle;
  readonly #ownerOf: (origin: Origin) => string | undefined;
  readonly #wayTo: (origin: Origin) => Route | undefined;
  readonly #isBlocked: (name: string, owner: string | undefined) => boolean;
  #closing: Promise<void> | undefined;

  constructor(host: WorkerHost, options: RelayServiceOptions) {
    if (host.isOwn) throw optionInvalid("host", "own", "a relay service sends along routes of others");
    this.#limits = checkLimits("relay", defaultRelayLimits, options.limits);
    this.#onReport = options.onReport ?? (() => undefined);
    const { ownerOf, wayTo, access, relayAccess } = options;
    this.#ownerOf = ownerOf ?? (() => undefined);
    this.#wayTo = wayTo ?? (() => undefined);
    this.#isBlocked = options.isBlocked ?? (() => false);
    this.#registry = new RelayRegistry(host, {
      limits: this.#limits,
      directory: options.directory ?? memoryDirectory(),
      sourceOf: options.sourceOf ?? (() => undefined),
      relayAccess,
      onChange: (type, name) => this.#onReport({ type, name }),
      onNamesChanged: () => this.#saver?.changed(),
      onError: (error) => this.#reportRefused(failure(error), undefined),
    });
    this.#saver = options.names && this.#restore(options.names);
    this.#worker = host.startWorker((message) => this.#handle(message), {
      address: options.address ?? "relay",
      exposure: "network",
      type: "relay",
      maxQueuedMessages: maxQueuedRequests,
      ...(access !== undefined && { access: (origin, message) => this.#mayAsk(access, origin, message) }),
    });
  }

  get address(): Address {
    return this.#worker.address;
  }

  list(): readonly RelayRegistration[] {
    return this.#registry.list();
  }

  get keptNames(): number {
    return this.#registry.keptNames;
  }

  get unreadReplyBytes(): number {
    return this.#unread.bytes;
  }

  withdraw(name: string): Promise<boolean> {
    return this.#registry.withdraw(name);
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

  #restore(store: NameStore): NameSaver {
    const onError = (error: unknown): void => this.#onReport({ type: "names-failed", error });
    try {
      this.#registry.restore(store.load().filter(isSavedName));
    } catch (error) {
      // Names that cannot be read are no reason to relay nothing.
      onError(error);
    }
    return new NameSaver(store, () => this.#registry.saved(), onError);
  }

  async #stop(): Promise<void> {
    // The names as they are while their owners are still there.
    await Promise.all([this.#worker.close(), this.#saver?.close()]);
    await this.#registry.close();
  }

  async #handle(message: Message): Promise<void> {
    if (!message.canReply) return;
    const connection = message.origin.arrivedBy;
    if (connection !== undefined && !this.#unread.hasRoom(connection)) {
      // No reply: it would not be read either.
      this.#reportRefused(unread(), message.origin);
      return;
    }
    let reply: RelayReply;
    try {
      reply = await this.#answer(message);
    } catch (error) {
      const { code, message: reason } = failure(error);
      reply = { type: "refused", code, reason, epoch: 0 };
    }
    if (reply.type === "refused")
      this.#reportRefused(new CulvertError(reply.code, reply.reason), message.origin);
    // Not awaited: a client that reads slowly must not keep the others waiting.
    const payload = encodeRelayReply(reply);
    const sent = message.reply(payload);
    if (connection !== undefined && sent !== undefined)
      this.#unread.hold(connection, { route: message.returnRoute, payload }, sent);
  }

  async #answer(message: Message): Promise<RelayReply> {
    const { origin, returnRoute } = message;
    const way = this.#wayTo(origin) ?? returnRoute.slice(0, -1);
    const isWithinRate = this.#takeRequest(origin, way);
    const request = isWithinRate
      ? decodeRelayRequest(message.payload)
      : this.#readBeyondRate(message.payload);
    const claim = claimOf(request, this.#ownerOf(origin));
    if (!isWithinRate && !this.#registry.takeOwnersRequest(claim)) throw this.#tooMany();
    if (request.type === "release") return await this.#registry.release(claim);
    if (this.#isBlocked(claim.name, claim.owner)) throw blocked(claim.name);
    return await this.#registry.register({
      claim,
      route: routeToClient(way, request),
      connection: origin.arrivedBy,
      leaseMs: clampLease(request.leaseMs),
    });
  }

  /** What the connection's peer sent itself came from one of its own workers: no other hop is on the way back. */
  #takeRequest({ arrivedBy }: Origin, way: Route): boolean {
    return arrivedBy === undefined || this.#registry.paths.takeRequest(arrivedBy, way.length > 1);
  }

  /** Of more requests than a connection may send, only those that an owner may have sent are looked at. */
  #readBeyondRate(payload: Uint8Array): RelayRequest {
    try {
      return decodeRelayRequest(payload);
    } catch {
      throw this.#tooMany();
    }
  }

  #tooMany(): CulvertError {
    const limit = `${this.#limits.maxRequestsPerSecond} requests a second and connection`;
    return new CulvertError("RELAY_RATE_LIMIT_EXCEEDED", `Cannot take relay request: limit is ${limit}`);
  }

  #mayAsk(access: AccessRule, origin: Origin, message: IncomingMessage): boolean {
    if (access(origin, message) === true) return true;
    const error = new CulvertError(
      "ACCESS_DENIED",
      "Cannot take relay request: the access rule does not allow it",
    );
    this.#reportRefused(error, origin);
    return false;
  }

  #reportRefused(error: CulvertError, origin: Origin | undefined): void {
    const owner = origin && this.#ownerOf(origin);
    this.#onReport({ type: "refused", error, connection: origin?.arrivedBy, owner });
  }
}

function claimOf({ epoch, sequence, name, token }: RelayRequest, owner: string | undefined): NameClaim {
  return { epoch, sequence, name, tokenHash: hashToken(token), owner };
}

function blocked(name: string): CulvertError {
  const reason = `Cannot register relay "${name}": the operator of its node has blocked it`;
  return new CulvertError("ACCESS_DENIED", reason);
}

function unread(): CulvertError {
  const reason = "Cannot take relay request: the replies to earlier ones have not been read";
  return new CulvertError("RELAY_RATE_LIMIT_EXCEEDED", reason);
}

/** The client's forwarding worker, on the node to which a way leads. */
function routeToClient(way: Route, request: RegisterRequest): Route {
  const hops = way.length + 1;
  if (hops > maxRegisteredHops) {
    throw new CulvertError(
      "ROUTE_TOO_LONG",
      `Cannot register relay "${request.name}" over ${hops} hops: limit is ${maxRegisteredHops} hops`,
    );
  }
  return [...way, request.forwardTo];
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
