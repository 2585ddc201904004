import type { Address, WorkerHost } from "@x/core";
import { activeStreamMs } from "./limits.js";

/** Notes which streams use a first hop for a little, so that one that fills it knows whether others have to wait for it. */
export class SharedHop {
  #lastUser: object | undefined;
  #lastUseAt: number = Number.NEGATIVE_INFINITY;
  /** When another stream than the last one used the hop. */
  #otherUseAt: number = Number.NEGATIVE_INFINITY;

  /** A stream sends a little over the hop. */
  used(user: object, now: number): void {
    if (user !== this.#lastUser) {
      if (this.#lastUser !== undefined) this.#otherUseAt = this.#lastUseAt;
      this.#lastUser = user;
    }
    this.#lastUseAt = now;
  }

  /** Says whether any other stream did lately. */
  isSharedBy(user: object, now: number): boolean {
    const otherAt = user === this.#lastUser ? this.#otherUseAt : this.#lastUseAt;
    return now - otherAt < activeStreamMs;
  }
}

const hopsOfHosts = new WeakMap<WorkerHost, Map<Address, { readonly hop: SharedHop; holders: number }>>();

/** The first hop of a path, shared by all portals of a host. Let it go with {@link releaseSharedHop}. */
export function holdSharedHop(host: WorkerHost, address: Address): SharedHop {
  const hops = hopsOfHosts.get(host) ?? new Map();
  hopsOfHosts.set(host, hops);
  const known = hops.get(address) ?? { hop: new SharedHop(), holders: 0 };
  hops.set(address, known);
  known.holders++;
  return known.hop;
}

/** Lets a first hop go. */
export function releaseSharedHop(host: WorkerHost, address: Address): void {
  const hops = hopsOfHosts.get(host);
  const known = hops?.get(address);
  if (hops === undefined || known === undefined) return;
  known.holders--;
  if (known.holders === 0) hops.delete(address);
}
