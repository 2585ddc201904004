import { type Address, parseTransportHop, transportHop } from "@x/core";
import type { NodeListener } from "@x/routing";
import { notFound } from "./named-entries.js";
import type { ListenerSpec } from "./node-spec.js";
import { PersistentStart } from "./persistent-start.js";
import type { RuntimeContext } from "./runtime-context.js";
import { listenerView } from "./transport-view.js";
import type { TransportView } from "./views.js";

interface ListenerEntry {
  readonly address: Address;
  readonly start: PersistentStart<NodeListener>;
}

/** The listeners of a node over all transports. */
export class Listeners {
  readonly #context: RuntimeContext;
  readonly #entries = new Map<Address, ListenerEntry>();

  constructor(context: RuntimeContext) {
    this.#context = context;
  }

  /**
   * Listens; port 0 lets the system choose.
   *
   * @throws CulvertError LISTEN_ADDRESS_TAKEN, LISTEN_FAILED
   */
  async create(transport: string, where: string): Promise<TransportView> {
    const start = this.#starter(transportHop(transport, where));
    const { address } = await start.once();
    return this.#keep({ address, start });
  }

  /** Listens again where the node listened before, as soon as each port is free. */
  async restore(specs: readonly ListenerSpec[]): Promise<void> {
    for (const { address } of specs) {
      const start = this.#starter(address);
      this.#keep({ address, start });
      await start.persist();
    }
  }

  /** All listeners, of one transport if it is named. */
  list(transport?: string): readonly TransportView[] {
    return this.#of(transport).map(view);
  }

  /** The listener at that place; nothing when there is no listener at all. */
  show(transport: string, name: string): TransportView | undefined {
    const entry = this.#find(transport, name);
    return entry === undefined ? undefined : view(entry);
  }

  /**
   * Stops a listener and closes the connections it accepted.
   *
   * @throws CliError RESOURCE_NOT_FOUND
   */
  async delete(transport: string, name: string): Promise<{ address: string } | undefined> {
    const entry = this.#find(transport, name);
    if (entry === undefined) return undefined;
    this.#entries.delete(entry.address);
    this.#context.changed();
    await entry.start.close();
    return { address: parseTransportHop(entry.address).where };
  }

  spec(): readonly ListenerSpec[] {
    return [...this.#entries.keys()].map((address) => ({ address }));
  }

  /** Stops accepting connections. Those that were accepted live on until the node is closed. */
  stopAccepting(): void {
    for (const { start } of this.#entries.values()) {
      start.giveUp();
      start.thing?.stopAccepting();
    }
  }

  #starter(address: Address): PersistentStart<NodeListener> {
    const { node, log } = this.#context;
    return new PersistentStart({ start: () => node.listen(address), what: `listener ${address}`, log });
  }

  #keep(entry: ListenerEntry): TransportView {
    this.#entries.set(entry.address, entry);
    this.#context.changed();
    return view(entry);
  }

  #of(transport: string | undefined): readonly ListenerEntry[] {
    const all = [...this.#entries.values()];
    if (transport === undefined) return all;
    return all.filter(({ address }) => parseTransportHop(address).transport === transport);
  }

  #find(transport: string, name: string): ListenerEntry | undefined {
    const all = this.#of(transport);
    const found = all.find(({ address }) => parseTransportHop(address).where === name);
    if (found === undefined && all.length > 0) {
      throw notFound(
        `${transport}-listener`,
        name,
        all.map(({ address }) => parseTransportHop(address).where),
      );
    }
    return found;
  }
}

function view({ address, start }: ListenerEntry): TransportView {
  return listenerView(address, start.thing !== undefined, start.lastFailure);
}
