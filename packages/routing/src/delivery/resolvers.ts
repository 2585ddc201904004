import { type Address, type AddressResolver, CulvertError, isCulvertError, type Route } from "@x/core";
import type { NodeLimits } from "../limits.js";
import { lookupWaitingBytes, lookupWaitingMessages, maxNotFound } from "../limits.js";
import { MessageQueue, type QueueTotal } from "../worker/message-queue.js";
import { type Carrier, checkRouteShape, type Delivery } from "./delivery.js";

/** One look-up under way, and who waits for it. */
interface Lookup {
  /** The connection whose message began it. */
  readonly arrivedBy: Address | undefined;
  readonly waiting: MessageQueue<Delivery>;
}

/** Asks for the way to addresses that nothing on the node has: each once at a time, a bounded number of them, a bounded time. */
export class Resolvers {
  readonly #limits: NodeLimits;
  readonly #total: QueueTotal;
  readonly #byPrefix = new Map<string, AddressResolver>();
  readonly #lookups = new Map<Address, Lookup>();
  /** Until when an address counts as not there, oldest first. In milliseconds of the monotonic clock. */
  readonly #notFound = new Map<Address, number>();

  constructor(limits: NodeLimits, total: QueueTotal) {
    this.#limits = limits;
    this.#total = total;
  }

  /** @throws CulvertError ADDRESS_TAKEN */
  add(prefix: string, resolve: AddressResolver): () => void {
    if (this.#byPrefix.has(prefix)) {
      throw new CulvertError(
        "ADDRESS_TAKEN",
        `Cannot resolve addresses that begin with "${prefix}": that is taken`,
      );
    }
    this.#byPrefix.set(prefix, resolve);
    this.#notFound.clear();
    return () => {
      if (this.#byPrefix.get(prefix) === resolve) this.#byPrefix.delete(prefix);
    };
  }

  /**
   * Takes a message to an unknown address if there is a resolver for it, and sends or refuses it later.
   * Returns false when the address is known not to be there.
   */
  ask(delivery: Delivery, address: Address, carrier: Carrier): boolean {
    const resolve = this.#resolverOf(address);
    if (resolve === undefined || this.#isKnownNotFound(address)) return false;
    const known = this.#lookups.get(address);
    const lookup = known ?? this.#begin(address, delivery.origin.arrivedBy, resolve, carrier);
    if (lookup === undefined || !lookup.waiting.push(delivery, delivery.heldBytes)) {
      const reason = `Cannot deliver to "${address}": too many messages wait for look-ups already`;
      carrier.refuse(delivery, "WORKER_BUSY", address, reason);
      return true;
    }
    delivery.keep();
    delivery.isResolved = true;
    return true;
  }

  #resolverOf(address: Address): AddressResolver | undefined {
    for (const [prefix, resolve] of this.#byPrefix) if (address.startsWith(prefix)) return resolve;
    return undefined;
  }

  #isKnownNotFound(address: Address): boolean {
    const until = this.#notFound.get(address);
    if (until === undefined) return false;
    if (performance.now() < until) return true;
    this.#notFound.delete(address);
    return false;
  }

  #begin(
    address: Address,
    arrivedBy: Address | undefined,
    resolve: AddressResolver,
    carrier: Carrier,
  ): Lookup | undefined {
    const { maxLookups, maxLookupsPerConnection, maxQueuedBytesPerNode: maxTotalBytes } = this.#limits;
    if (this.#lookups.size >= maxLookups) return undefined;
    let ofConnection = 0;
    for (const lookup of this.#lookups.values()) if (lookup.arrivedBy === arrivedBy) ofConnection++;
    if (arrivedBy !== undefined && ofConnection >= maxLookupsPerConnection) return undefined;
    const bounds = { maxMessages: lookupWaitingMessages, maxBytes: lookupWaitingBytes, maxTotalBytes };
    const lookup: Lookup = { arrivedBy, waiting: new MessageQueue(bounds, this.#total) };
    this.#lookups.set(address, lookup);
    void this.#run(address, lookup, resolve, carrier);
    return lookup;
  }

  /** Settles on a later turn at the earliest, so that a refusal never comes within `send`. */
  async #run(address: Address, lookup: Lookup, resolve: AddressResolver, carrier: Carrier): Promise<void> {
    const outcome = await this.#lookUp(address, resolve);
    this.#lookups.delete(address);
    if (outcome === undefined) this.#noteNotFound(address);
    for (let next = lookup.waiting.shift(); next !== undefined; next = lookup.waiting.shift()) {
      settle(next, address, outcome, carrier);
    }
  }

  async #lookUp(address: Address, resolve: AddressResolver): Promise<Route | CulvertError | undefined> {
    const { lookupTimeoutMs } = this.#limits;
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<CulvertError>((done) => {
      const reason = `Cannot deliver to "${address}": no look-up answered within ${lookupTimeoutMs} ms`;
      timer = setTimeout(() => done(new CulvertError("ADDRESS_UNRESOLVED", reason)), lookupTimeoutMs);
    });
    try {
      const route = await Promise.race([resolve(address, controller.signal), tooLate]);
      if (route !== undefined && !(route instanceof Error)) checkRouteShape(route);
      return route;
    } catch (error) {
      if (isCulvertError(error)) return error;
      const reason = `Cannot deliver to "${address}": its look-up failed`;
      return new CulvertError("ADDRESS_UNRESOLVED", reason, { cause: error });
    } finally {
      clearTimeout(timer);
      controller.abort();
    }
  }

  #noteNotFound(address: Address): void {
    this.#notFound.delete(address);
    this.#notFound.set(address, performance.now() + this.#limits.notFoundMs);
    const [oldest] = this.#notFound.keys();
    if (this.#notFound.size > maxNotFound && oldest !== undefined) this.#notFound.delete(oldest);
  }
}

function settle(
  delivery: Delivery,
  address: Address,
  outcome: Route | CulvertError | undefined,
  carrier: Carrier,
): void {
  if (outcome instanceof Error) {
    carrier.refuse(delivery, outcome.code, address, outcome.message);
    return;
  }
  if (outcome !== undefined) delivery.redirect(outcome);
  void carrier.deliver(delivery);
}
