import type { Address, AddressState, WorkerHost } from "@x/core";
import type { RelayLimits } from "./limits.js";
import { RequestRate } from "./request-rate.js";

/**
 * The first hop on the way to a client: mostly the connection by which its registration came.
 * Shared by all relays that use it, so that a node watches each connection once.
 */
export class ClientPath {
  /** The connection's worker address, or the client's own worker when it runs on this node. */
  readonly address: Address;
  /** What the requests by this connection are counted against. */
  readonly rate: RequestRate;
  /** Relays that use it. */
  relays = 0;
  /** Whether it can take messages. */
  state: AddressState = "gone";
  /** Since when, in milliseconds since 1970. */
  since: number = Date.now();

  constructor(address: Address, limits: RelayLimits) {
    this.address = address;
    this.rate = new RequestRate(limits.maxRequestBurst, limits.maxRequestsPerSecond);
  }
}

/** All paths of a relay service. A path is forgotten when it is gone and no relay uses it any more. */
export class ClientPaths {
  readonly #host: WorkerHost;
  readonly #limits: RelayLimits;
  readonly #paths = new Map<Address, { readonly path: ClientPath; readonly unwatch: () => void }>();

  constructor(host: WorkerHost, limits: RelayLimits) {
    this.#host = host;
    this.#limits = limits;
  }

  /** Paths known, for tests and metrics. */
  get size(): number {
    return this.#paths.size;
  }

  /** The path that begins at an address; watched from now on. */
  at(address: Address): ClientPath {
    const known = this.#paths.get(address);
    if (known !== undefined) return known.path;
    const path = new ClientPath(address, this.#limits);
    const unwatch = this.#host.watch(address, (state) => {
      if (state !== path.state) path.since = Date.now();
      path.state = state;
      this.forgetIfUnused(path);
    });
    this.#paths.set(address, { path, unwatch });
    return path;
  }

  /** Counts a request that came by a connection; false if there were too many. */
  takeRequest(connection: Address): boolean {
    const path = this.at(connection);
    const isAllowed = path.rate.take();
    this.forgetIfUnused(path);
    return isAllowed;
  }

  /** Forgets a path that is gone and that no relay uses. A path that is up stays: it holds the rate of its requests. */
  forgetIfUnused(path: ClientPath): void {
    const known = this.#paths.get(path.address);
    if (known?.path !== path || path.relays > 0 || path.state === "up") return;
    known.unwatch();
    this.#paths.delete(path.address);
  }

  /** Forgets all paths. */
  close(): void {
    for (const { unwatch } of this.#paths.values()) unwatch();
    this.#paths.clear();
  }
}
