import type { Address } from "@x/core";
import { activeStreamMs } from "../limits.js";

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

/** The first hops of all paths of a node, each as long as a path uses it. */
export class FirstHops {
  readonly #hops: Map<Address, { readonly hop: SharedHop; holders: number }> = new Map();

  /** How many are in use. */
  get size(): number {
    return this.#hops.size;
  }

  /** A first hop, shared with all paths that begin with it. Let it go with {@link release}. */
  hold(address: Address): SharedHop {
    const known = this.#hops.get(address) ?? { hop: new SharedHop(), holders: 0 };
    this.#hops.set(address, known);
    known.holders++;
    return known.hop;
  }

  /** Lets a first hop go. */
  release(address: Address): void {
    const known = this.#hops.get(address);
    if (known === undefined) return;
    known.holders--;
    if (known.holders === 0) this.#hops.delete(address);
  }
}
