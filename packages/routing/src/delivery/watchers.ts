import type { Address, AddressListener, AddressState, CulvertError } from "@x/core";

interface Watcher {
  readonly listener: AddressListener;
  last: AddressState | undefined;
}

interface Watched {
  readonly watchers: Set<Watcher>;
  state: AddressState | undefined;
}

/** Who wants to know the state of which address. */
export class Watchers {
  readonly #byAddress = new Map<Address, Watched>();
  readonly #onError: (address: Address, error: unknown) => void;

  /** @param onError told what a listener throws */
  constructor(onError: (address: Address, error: unknown) => void) {
    this.#onError = onError;
  }

  /** Says whether anybody watches an address. */
  has(address: Address): boolean {
    return this.#byAddress.has(address);
  }

  /** Calls `listener` at each change until the returned function is called, which then calls `onRemoved`. */
  add(address: Address, listener: AddressListener, onRemoved: () => void): () => void {
    const watcher: Watcher = { listener, last: undefined };
    const watched = this.#byAddress.get(address) ?? { watchers: new Set(), state: undefined };
    watched.watchers.add(watcher);
    this.#byAddress.set(address, watched);
    return () => {
      if (!watched.watchers.delete(watcher)) return;
      if (watched.watchers.size === 0) this.#byAddress.delete(address);
      onRemoved();
    };
  }

  /** Tells the state of an address to those who were not told it last, and to all where its worker says why. */
  tell(address: Address, state: AddressState, why?: CulvertError): void {
    const watched = this.#byAddress.get(address);
    if (watched === undefined) return;
    watched.state = state;
    for (const watcher of [...watched.watchers]) {
      // A listener may have caused a later change, which everybody has heard of by now.
      if (watched.state !== state) return;
      const isKnown = watcher.last === state && why === undefined;
      if (isKnown || !watched.watchers.has(watcher)) continue;
      watcher.last = state;
      try {
        watcher.listener(state, why);
      } catch (error) {
        this.#onError(address, error);
      }
    }
  }
}
