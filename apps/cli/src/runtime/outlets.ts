import { type Address, CulvertError } from "@x/core";
import { type Outlet, startOutlet } from "@x/portal-tcp";
import { twoWords } from "../syntax/two-words.js";
import { NamedEntries } from "./named-entries.js";
import type { OutletSpec } from "./node-spec.js";
import { outletLimits } from "./portal-options.js";
import type { RuntimeContext } from "./runtime-context.js";
import { failureFields } from "./runtime-log.js";
import type { OutletDetail, OutletListing, OutletView } from "./views.js";

/** The address of an outlet nobody named. */
const defaultAddress = "outlet";

/** The TCP outlets of a node. */
export class Outlets {
  readonly #context: RuntimeContext;
  readonly #entries = new NamedEntries<Outlet>("tcp-outlet");

  constructor(context: RuntimeContext) {
    this.#context = context;
  }

  /**
   * Starts an outlet. Without an address it is `outlet`, or two random words when that is taken.
   *
   * @throws CulvertError ADDRESS_TAKEN
   */
  async create(to: string, address?: Address): Promise<OutletView> {
    const outlet = await this.#start({ target: to, address: address ?? this.#freeAddress() });
    this.#context.changed();
    return { to: outlet.target, worker_addr: `/service/${outlet.address}` };
  }

  /** Starts outlets again. One that fails is logged and left out. */
  async restore(specs: readonly OutletSpec[]): Promise<void> {
    for (const spec of specs) {
      await this.#start(spec).catch((error: unknown) => {
        this.#context.log.error(failureFields(error), `Cannot start outlet ${spec.address}`);
      });
    }
  }

  list(): readonly OutletListing[] {
    return this.#entries.list().map(listing);
  }

  /** The outlets as results of `create` show them. */
  views(): readonly OutletView[] {
    return this.list().map(({ from, to }) => ({ to, worker_addr: from }));
  }

  show(name: string): OutletDetail | undefined {
    const outlet = this.#entries.get(name);
    if (outlet === undefined) return undefined;
    const { from, to } = listing(outlet);
    return { node_name: this.#context.nodeName, worker_address: from, to };
  }

  /** Closes an outlet and resets its streams. */
  async delete(name: string): Promise<OutletListing | undefined> {
    const outlet = this.#entries.get(name);
    if (outlet === undefined) return undefined;
    this.#entries.remove(name);
    this.#context.changed();
    await outlet.close();
    return listing(outlet);
  }

  spec(): readonly OutletSpec[] {
    return this.#entries.list().map(({ address, target }) => ({ address, target }));
  }

  /** Streams that are open. */
  openStreams(): number {
    return this.#entries.list().reduce((sum, outlet) => sum + outlet.streams, 0);
  }

  /** Streams of the outlet that has most of them, and those of which the target has not accepted. */
  mostStreams(): { readonly streams: number; readonly connecting: number } {
    const outlets = this.#entries.list();
    return {
      streams: Math.max(0, ...outlets.map(({ streams }) => streams)),
      connecting: Math.max(0, ...outlets.map(({ connecting }) => connecting)),
    };
  }

  /** Closes all outlets: new streams are refused, and those that are open have `graceMs` to end. */
  async drain(graceMs: number): Promise<void> {
    await Promise.all(this.#entries.list().map((outlet) => outlet.drain(graceMs)));
  }

  async #start({ address, target }: OutletSpec): Promise<Outlet> {
    const { node } = this.#context;
    if (this.#isTaken(address)) throw addressTaken(address);
    return this.#entries.add(address, () =>
      startOutlet(node, { target, address, ...outletLimits(this.#context) }),
    );
  }

  #freeAddress(): Address {
    let address = defaultAddress;
    while (this.#isTaken(address)) address = twoWords();
    return address;
  }

  #isTaken(address: Address): boolean {
    return (
      this.#entries.has(address) || this.#context.node.workers().some((worker) => worker.address === address)
    );
  }
}

function listing({ address, target }: Outlet): OutletListing {
  return { from: `/service/${address}`, to: target };
}

function addressTaken(address: Address): CulvertError {
  return new CulvertError("ADDRESS_TAKEN", `Cannot start outlet at "${address}": the address is taken`, {
    hop: address,
  });
}
