import { type Address, CulvertError, isCulvertError, type Route, type WorkerHost } from "@x/core";
import { type ClientPath, ClientPaths } from "./client-path.js";
import type { NameClaim, RelayDirectory } from "./directory.js";
import { LeaseSweep } from "./lease-sweep.js";
import type { RelayLimits } from "./limits.js";
import type { RelayReply } from "./relay-message.js";
import { type RelayRegistration, type RelayTerms, RelayWorker } from "./relay-worker.js";

/** What can happen to a relay. `moved`: the owner came back by another way. `expired`: the lease ended. */
export type RelayChange = "registered" | "moved" | "released" | "expired";

/** What a registry needs. */
export interface RegistryOptions {
  /** What it allows. */
  readonly limits: RelayLimits;
  /** Who holds which name. */
  readonly directory: RelayDirectory;
  /** Told each change. */
  readonly onChange: (change: RelayChange, registration: RelayRegistration) => void;
  /** Told when the directory fails while nobody waits for it. */
  readonly onError: (error: unknown) => void;
}

/** A wish to register, read and measured. */
export interface Registration {
  /** Name, owner and order. */
  readonly claim: NameClaim;
  /** The way to the client's forwarding worker. */
  readonly route: Route;
  /** The connection by which the wish came; absent for a client on this node. */
  readonly connection: Address | undefined;
  /** The lease to grant, in milliseconds. */
  readonly leaseMs: number;
}

/** The relays of one service: their limits, leases and ways to their clients. */
export class RelayRegistry {
  /** The first hops on the ways to clients. */
  readonly paths: ClientPaths;
  readonly #host: WorkerHost;
  readonly #options: RegistryOptions;
  readonly #relays = new Map<string, RelayWorker>();
  readonly #leases: LeaseSweep;
  #isClosed = false;
  #isLeaving = false;

  constructor(host: WorkerHost, options: RegistryOptions) {
    this.#host = host;
    this.#options = options;
    this.paths = new ClientPaths(host, options.limits);
    this.#leases = new LeaseSweep(
      () => this.#relays.values(),
      (relay) => this.#expire(relay),
    );
  }

  /** The relays, in the order of their first registration. */
  list(): readonly RelayRegistration[] {
    return [...this.#relays.values()].map((relay) => relay.registration());
  }

  /**
   * Registers a name, renews it, or moves it to another way.
   *
   * @throws CulvertError RELAY_LEAVING, RELAY_NAME_TAKEN, RELAY_LIMIT_EXCEEDED, RELAY_CONNECTION_LIMIT_EXCEEDED, NODE_CLOSED
   */
  async register(wish: Registration): Promise<RelayReply> {
    const { claim, route, connection, leaseMs } = wish;
    if (this.#isLeaving) throw leaving(claim.name);
    const path = this.paths.at(connection ?? (route[0] as Address));
    try {
      this.#checkLimits(claim.name, path, connection !== undefined);
      const answer = await this.#options.directory.claim(claim, leaseMs);
      if (answer.result === "taken") throw nameTaken(claim.name);
      if (answer.result === "superseded") return superseded(claim.name, answer.epoch);
      const relay = await this.#grant({ claim, route, path, leaseMs });
      return { type: "registered", address: relay.address, leaseMs };
    } finally {
      this.paths.forgetIfUnused(path);
    }
  }

  /** Gives a name back. What a stranger or an earlier start of the owner asks for changes nothing. */
  async release(claim: NameClaim): Promise<RelayReply> {
    const wasHeld = await this.#options.directory.release(claim);
    const relay = wasHeld ? this.#relays.get(claim.name) : undefined;
    if (relay !== undefined) this.#withdraw(relay, "released");
    return { type: "released" };
  }

  /** Tells all clients that the service is about to end, and registers nobody any more. Relays go on forwarding. */
  leave(): void {
    if (this.#isLeaving || this.#isClosed) return;
    this.#isLeaving = true;
    for (const relay of this.#relays.values()) relay.sayLeaving();
  }

  /** Withdraws all relays. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#leases.close();
    const relays = [...this.#relays.values()];
    this.#relays.clear();
    await Promise.all(relays.map((relay) => relay.close()));
    this.paths.close();
  }

  #checkLimits(name: string, path: ClientPath, isFromNetwork: boolean): void {
    const { maxRelays, maxRelaysPerConnection } = this.#options.limits;
    const held = this.#relays.get(name);
    if (held === undefined && this.#relays.size >= maxRelays) {
      throw limitExceeded("RELAY_LIMIT_EXCEEDED", name, `${maxRelays} relays of this node`);
    }
    if (isFromNetwork && held?.terms.path !== path && path.relays >= maxRelaysPerConnection) {
      const limit = `${maxRelaysPerConnection} relays of one connection`;
      throw limitExceeded("RELAY_CONNECTION_LIMIT_EXCEEDED", name, limit);
    }
  }

  async #grant(terms: RelayTerms): Promise<RelayWorker> {
    const held = this.#relays.get(terms.claim.name);
    if (held !== undefined) {
      this.#renew(held, terms);
      return held;
    }
    try {
      return this.#start(terms);
    } catch (error) {
      await this.#options.directory.release(terms.claim);
      throw startError(terms.claim.name, error);
    }
  }

  #renew(relay: RelayWorker, terms: RelayTerms): void {
    const before = relay.terms.path;
    relay.renew(terms);
    this.#leases.include(relay.endsAt);
    if (before === terms.path) return;
    this.paths.forgetIfUnused(before);
    this.#options.onChange("moved", relay.registration());
  }

  #start(terms: RelayTerms): RelayWorker {
    if (this.#isClosed) throw new CulvertError("NODE_CLOSED", "the relay service is closed");
    // `leave` came while the directory was asked, and told only those that were there.
    if (this.#isLeaving) throw leaving(terms.claim.name);
    const relay = new RelayWorker(this.#host, terms);
    this.#relays.set(terms.claim.name, relay);
    this.#leases.include(relay.endsAt);
    this.#options.onChange("registered", relay.registration());
    return relay;
  }

  #expire(relay: RelayWorker): void {
    this.#withdraw(relay, "expired");
    void this.#forget(relay.terms.claim);
  }

  async #forget(claim: NameClaim): Promise<void> {
    try {
      await this.#options.directory.release(claim);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #withdraw(relay: RelayWorker, change: "released" | "expired"): void {
    const registration = relay.registration();
    this.#relays.delete(registration.name);
    if (this.#relays.size === 0) this.#leases.close();
    void relay.close();
    this.paths.forgetIfUnused(relay.terms.path);
    this.#options.onChange(change, registration);
  }
}

function nameTaken(name: string, cause?: unknown): CulvertError {
  const message = `Cannot register relay "${name}": somebody else holds the name`;
  return new CulvertError("RELAY_NAME_TAKEN", message, { cause });
}

function leaving(name: string): CulvertError {
  return new CulvertError(
    "RELAY_LEAVING",
    `Cannot register relay "${name}": the relay service is about to end`,
  );
}

function superseded(name: string, epoch: number): RelayReply {
  const reason = `Cannot register relay "${name}": its owner has registered it later, from a newer start`;
  return { type: "refused", code: "RELAY_SUPERSEDED", reason, epoch };
}

function limitExceeded(
  code: "RELAY_LIMIT_EXCEEDED" | "RELAY_CONNECTION_LIMIT_EXCEEDED",
  name: string,
  limit: string,
): CulvertError {
  return new CulvertError(code, `Cannot register relay "${name}": limit is ${limit}`);
}

/** Why the worker of a relay did not start, as the client should hear it. */
function startError(name: string, cause: unknown): unknown {
  if (!isCulvertError(cause)) return cause;
  // A worker that is no relay sits at the address.
  if (cause.code === "ADDRESS_TAKEN") return nameTaken(name, cause);
  if (cause.code !== "WORKER_LIMIT_EXCEEDED") return cause;
  return limitExceeded("RELAY_LIMIT_EXCEEDED", name, "the workers this node can have");
}
