import { type Address, CulvertError } from "@x/core";
import { type Outlet, startOutlet } from "@x/portal-tcp";
import { twoWords } from "../syntax/two-words.js";
import { NamedEntries } from "./named-entries.js";
import type { OutletSpec } from "./node-spec.js";
import type { OutletParams } from "./operation-types.js";
import { outletLimits } from "./portal-options.js";
import type { RuntimeContext } from "./runtime-context.js";
import { failureFields } from "./runtime-log.js";
import type { OutletDetail, OutletListing, OutletView } from "./views.js";

/** The address of an outlet nobody named. */
const defaultAddress = "outlet";

interface OutletEntry {
  readonly spec: OutletSpec;
  readonly outlet: Outlet;
}

/** The TCP outlets of a node. */
export class Outlets {
  readonly #context: RuntimeContext;
  readonly #entries = new NamedEntries<OutletEntry>("tcp-outlet");

  constructor(context: RuntimeContext) {
    this.#context = context;
  }

  /**
   * Starts an outlet. Without an address it is `outlet`, or two random words when that is taken.
   *
   * @throws CulvertError ADDRESS_TAKEN
   */
  async create({ to, address, settings = {} }: OutletParams): Promise<OutletView> {
    const { outlet } = await this.#start({ target: to, address: address ?? this.#freeAddress(), settings });
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
    return this.#entries.list().map(({ outlet }) => listing(outlet));
  }

  /** The outlets as results of `create` show them. */
  views(): readonly OutletView[] {
    return this.list().map(({ from, to }) => ({ to, worker_addr: from }));
  }

  show(name: string): OutletDetail | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const { outlet } = entry;
    const { from, to } = listing(outlet);
    return { node_name: this.#context.nodeName, worker_address: from, to };
  }

  /** Closes an outlet and resets its streams. */
  async delete(name: string): Promise<OutletListing | undefined> {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const { outlet } = entry;
    this.#entries.remove(name);
    this.#context.changed();
    await outlet.close();
    return listing(outlet);
  }

  spec(): readonly OutletSpec[] {
    return this.#entries.list().map(({ spec }) => spec);
  }

  /** Streams that are open. */
  openStreams(): number {
    return this.#entries.list().reduce((sum, { outlet }) => sum + outlet.streams, 0);
  }

  /** Streams of the outlet that has most of them, and those of which the target has not accepted. */
  mostStreams(): { readonly streams: number; readonly connecting: number } {
    const outlets = this.#entries.list().map(({ outlet }) => outlet);
    return {
      streams: Math.max(0, ...outlets.map(({ streams }) => streams)),
      connecting: Math.max(0, ...outlets.map(({ connecting }) => connecting)),
    };
  }

  /** Closes all outlets: new streams are refused, and those that are open have `graceMs` to end. */
  async drain(graceMs: number): Promise<void> {
    await Promise.all(this.#entries.list().map(({ outlet }) => outlet.drain(graceMs)));
  }

  async #start(spec: OutletSpec): Promise<OutletEntry> {
    const { node } = this.#context;
    const { address, target, settings } = spec;
    if (this.#isTaken(address)) throw addressTaken(address);
    const options = { target, address, ...outletLimits(this.#context), ...settings };
    return this.#entries.add(address, () => ({ spec, outlet: startOutlet(node, options) }));
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
