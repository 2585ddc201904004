import type { Address, AddressState, SourcePlace, WorkerHost } from "@x/core";
import type { RelayLimits } from "../limits.js";
import { RequestRate } from "./request-rate.js";
import { sourceAt } from "./source.js";

/**
 * The first hop on the way to a client: mostly the connection by which its registration came.
 * Shared by all relays that use it, so that a node watches each connection once.
 */
export class ClientPath {
  /** The connection's worker address, or the client's own worker when it runs on this node. */
  readonly address: Address;
  /** What the requests of the connection's peer itself are counted against. */
  readonly rate: RequestRate;
  /** What requests are counted against that others sent through that peer, so that they do not spend what is the peer's own. */
  readonly passedOnRate: RequestRate;
  /** Where the connection comes from; nothing when nobody knows. */
  readonly source: SourcePlace | undefined;
  /** Relays that use it. */
  relays = 0;
  /** Whether it can take messages. */
  state: AddressState = "gone";
  /** Since when, in milliseconds since 1970. */
  since: number = Date.now();
  /** The same, by the monotonic clock. */
  sinceMonotonic: number = performance.now();

  constructor(address: Address, limits: RelayLimits, source: SourcePlace | undefined) {
    this.address = address;
    this.source = source;
    this.rate = new RequestRate(limits.maxRequestBurst, limits.maxRequestsPerSecond);
    this.passedOnRate = new RequestRate(limits.maxRequestBurst, limits.maxRequestsPerSecond);
  }
}

/** What paths need. */
export interface ClientPathsOptions {
  readonly limits: RelayLimits;
  /** The other end of a connection, such as `tcp#10.0.0.1:7000`. */
  readonly sourceOf: (connection: Address) => string | undefined;
  /** Told when a path with relays is not up any more. */
  readonly onLost: (path: ClientPath) => void;
}

/** All paths of a relay service. A path is forgotten when it is gone and no relay uses it any more. */
export class ClientPaths {
  readonly #host: WorkerHost;
  readonly #options: ClientPathsOptions;
  readonly #paths = new Map<Address, { readonly path: ClientPath; readonly unwatch: () => void }>();
  /** Relays by host, and by network. */
  readonly #hosts = new Map<string, number>();
  readonly #networks = new Map<string, number>();

  constructor(host: WorkerHost, options: ClientPathsOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** The path that begins at an address; watched from now on. */
  at(address: Address): ClientPath {
    const known = this.#paths.get(address);
    if (known !== undefined) return known.path;
    const { limits, sourceOf, onLost } = this.#options;
    const remote = sourceOf(address);
    const path = new ClientPath(address, limits, remote === undefined ? undefined : sourceAt(remote));
    const unwatch = this.#host.watch(address, (state) => {
      if (state === path.state) return;
      path.state = state;
      path.since = Date.now();
      path.sinceMonotonic = performance.now();
      if (state !== "up" && path.relays > 0) onLost(path);
      this.forgetIfUnused(path);
    });
    this.#paths.set(address, { path, unwatch });
    return path;
  }

  /**
   * Counts a request that came by a connection; false if there were too many.
   *
   * @param isPassedOn the connection's peer did not send it itself
   */
  takeRequest(connection: Address, isPassedOn: boolean): boolean {
    const path = this.at(connection);
    const isAllowed = (isPassedOn ? path.passedOnRate : path.rate).take();
    this.forgetIfUnused(path);
    return isAllowed;
  }

  /** Counts a relay that begins to use a path. */
  enter(path: ClientPath): void {
    this.#count(path, 1);
  }

  /** Counts out a relay that no longer uses a path. */
  leave(path: ClientPath): void {
    this.#count(path, -1);
    this.forgetIfUnused(path);
  }

  /** Relays of the host of a source, and of its network. */
  relaysOf({ host, network }: SourcePlace): { readonly ofHost: number; readonly ofNetwork: number } {
    return { ofHost: this.#hosts.get(host) ?? 0, ofNetwork: this.#networks.get(network) ?? 0 };
  }

  /** Forgets all paths. */
  close(): void {
    for (const { unwatch } of this.#paths.values()) unwatch();
    this.#paths.clear();
    this.#hosts.clear();
    this.#networks.clear();
  }

  #count(path: ClientPath, by: 1 | -1): void {
    path.relays += by;
    if (path.source === undefined) return;
    change(this.#hosts, path.source.host, by);
    change(this.#networks, path.source.network, by);
  }

  /** Forgets a path that is gone and that no relay uses. A path that is up stays: it holds the rate of its requests. */
  forgetIfUnused(path: ClientPath): void {
    const known = this.#paths.get(path.address);
    if (known?.path !== path || path.relays > 0 || path.state === "up") return;
    known.unwatch();
    this.#paths.delete(path.address);
  }
}

function change(counts: Map<string, number>, place: string, by: 1 | -1): void {
  const count = (counts.get(place) ?? 0) + by;
  if (count > 0) counts.set(place, count);
  else counts.delete(place);
}
