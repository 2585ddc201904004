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
  /** Ends the look-up: nobody waits for it any more. */
  readonly controller: AbortController;
}

/** Asks for the way to addresses that nothing on the node has: each once at a time, a bounded number of them, a bounded time. Where there are too many, the connection with most of them pays. */
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
    if (
      lookup === undefined ||
      !lookup.waiting.push(delivery, delivery.heldBytes, delivery.origin.arrivedBy)
    ) {
      refuseBusy(delivery, address, carrier);
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
    if (!this.#makeRoom(arrivedBy, carrier)) return undefined;
    const bounds = { maxMessages: lookupWaitingMessages, maxBytes: lookupWaitingBytes };
    const onGivenBack = (delivery: Delivery): void => refuseBusy(delivery, address, carrier);
    const waiting = new MessageQueue<Delivery>(bounds, this.#total, onGivenBack);
    const lookup: Lookup = { arrivedBy, waiting, controller: new AbortController() };
    this.#lookups.set(address, lookup);
    void this.#run(address, lookup, resolve, carrier);
    return lookup;
  }

  /** Says whether a connection may begin a look-up. Where there are too many, the newest of the connection with most gives way. */
  #makeRoom(arrivedBy: Address | undefined, carrier: Carrier): boolean {
    const { maxLookups, maxLookupsPerConnection } = this.#limits;
    const counts = new Map<Address | undefined, number>();
    for (const { arrivedBy: by } of this.#lookups.values()) counts.set(by, (counts.get(by) ?? 0) + 1);
    const own = counts.get(arrivedBy) ?? 0;
    if (arrivedBy !== undefined && own >= maxLookupsPerConnection) return false;
    if (this.#lookups.size < maxLookups) return true;
    const [greediest, count] = [...counts].reduce((one, other) => (other[1] > one[1] ? other : one));
    if (count <= own + 1) return false;
    const [address, lookup] = [...this.#lookups].findLast(([, { arrivedBy: by }]) => by === greediest) ?? [];
    if (address === undefined || lookup === undefined) return false;
    this.#lookups.delete(address);
    lookup.controller.abort();
    for (const delivery of allOf(lookup.waiting)) refuseBusy(delivery, address, carrier);
    return true;
  }

  /** Settles on a later turn at the earliest, so that a refusal never comes within `send`. */
  async #run(address: Address, lookup: Lookup, resolve: AddressResolver, carrier: Carrier): Promise<void> {
    const outcome = await this.#lookUp(address, resolve, lookup.controller);
    if (this.#lookups.get(address) !== lookup) return;
    this.#lookups.delete(address);
    if (outcome === undefined) this.#noteNotFound(address);
    for (const delivery of allOf(lookup.waiting)) settle(delivery, address, outcome, carrier);
  }

  async #lookUp(
    address: Address,
    resolve: AddressResolver,
    controller: AbortController,
  ): Promise<Route | CulvertError | undefined> {
    const { lookupTimeoutMs } = this.#limits;
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

function* allOf(queue: MessageQueue<Delivery>): Generator<Delivery> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) yield next;
}

function refuseBusy(delivery: Delivery, address: Address, carrier: Carrier): void {
  const reason = `Cannot deliver to "${address}": too many messages wait for look-ups already`;
  carrier.refuse(delivery, "WORKER_BUSY", address, reason);
}
