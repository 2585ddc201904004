import type { Message } from "@x/core";

/** Who is behind a message, as far as its way back tells for sure. */
export interface Comer {
  /** By which connection it came; empty for one that began on this node. */
  readonly connection: string;
  /**
   * By which connection the node at the other end of that one got it, which tells those apart who come by one relay. Who comes
   * directly can put there what he likes.
   */
  readonly neighbour: string;
}

/** Who is behind a message. */
export function comerOf({ origin, returnRoute }: Message): Comer {
  const { arrivedBy } = origin;
  return { connection: arrivedBy ?? "", neighbour: returnRoute[arrivedBy === undefined ? 0 : 1] ?? "" };
}

/** How often something may happen. */
export interface Rate {
  /** At once. */
  readonly burst: number;
  /** In the long run, a second. */
  readonly perSecond: number;
}

/** After so long a user begins anew, in milliseconds. */
const windowMs = 1_000;

/**
 * A bucket of tokens that holds `burst` and gains `perSecond`. Its upper half is for whoever comes; of the lower half each user
 * gets an even part a second, so that whoever asks for many leaves some to the others.
 */
class FairBucket {
  readonly #rate: Rate;
  readonly #used = new Map<string, number>();
  #left: number;
  #countedAt = performance.now();
  #windowAt = performance.now();

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#left = rate.burst;
  }

  has(user: string): boolean {
    const { burst } = this.#rate;
    this.#refill();
    if (this.#left < 1) return false;
    const used = this.#used.get(user) ?? 0;
    return this.#left > burst / 2 || used === 0 || used < burst / 2 / this.#used.size;
  }

  take(user: string): void {
    this.#left -= 1;
    this.#used.set(user, (this.#used.get(user) ?? 0) + 1);
  }

  #refill(): void {
    const now = performance.now();
    const { burst, perSecond } = this.#rate;
    this.#left = Math.min(burst, this.#left + ((now - this.#countedAt) / 1_000) * perSecond);
    this.#countedAt = now;
    if (now - this.#windowAt < windowMs) return;
    this.#windowAt = now;
    this.#used.clear();
  }
}

/** What {@link Rates} allow. */
export interface RateLimits {
  readonly ofConnection: Rate;
  readonly ofAll: Rate;
  /** Connections that are remembered; the one that did nothing for the longest time gives way. */
  readonly maxConnections: number;
}

/** How often something may happen: by each connection, shared by those behind it, and by all, shared by the connections. Needs no timer. */
export class Rates {
  readonly #limits: RateLimits;
  readonly #all: FairBucket;
  readonly #connections = new Map<string, FairBucket>();

  constructor(limits: RateLimits) {
    this.#limits = limits;
    this.#all = new FairBucket(limits.ofAll);
  }

  /** Says whether it may happen once more now, and counts it. */
  take({ connection, neighbour }: Comer): boolean {
    const bucket = this.#connections.get(connection) ?? new FairBucket(this.#limits.ofConnection);
    this.#connections.delete(connection);
    this.#connections.set(connection, bucket);
    const [oldest] = this.#connections.keys();
    if (this.#connections.size > this.#limits.maxConnections && oldest !== undefined)
      this.#connections.delete(oldest);
    if (!bucket.has(neighbour) || !this.#all.has(connection)) return false;
    bucket.take(neighbour);
    this.#all.take(connection);
    return true;
  }
}
