import type { Address, Fact, FactKey, Origin } from "@x/core";

/** An origin, as its node makes them. */
export class NodeOrigin implements Origin {
  readonly arrivedBy: Address | undefined;
  readonly isOwn: boolean;
  /** The node that made it, as an object that is one per node. */
  readonly node: object;
  readonly #facts: readonly Fact[];

  constructor(node: object, arrivedBy?: Address, isOwn = false, facts: readonly Fact[] = []) {
    this.node = node;
    this.arrivedBy = arrivedBy;
    this.isOwn = isOwn;
    this.#facts = facts;
  }

  fact<Value>(key: FactKey<Value>): Value | undefined {
    // The newest first: what was found out last holds.
    for (let i = this.#facts.length - 1; i >= 0; i--) {
      const value = key.read(this.#facts[i] as Fact);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** The same with more known of the sender. */
  with(facts: readonly Fact[] | undefined): NodeOrigin {
    if (facts === undefined || facts.length === 0) return this;
    return new NodeOrigin(this.node, this.arrivedBy, this.isOwn, [...this.#facts, ...facts]);
  }

  /** The same without the rights of the operator's host. */
  withoutRights(): NodeOrigin {
    return this.isOwn ? new NodeOrigin(this.node, this.arrivedBy, false, this.#facts) : this;
  }
}
