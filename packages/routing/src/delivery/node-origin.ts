import type { Address, Fact, FactKey, Origin } from "@x/core";

/**
 * What a message may use on a node, each more than the one before.
 * `told`: workers whose generated address it was told; what comes by a connection that the node dialled.
 * `network`: workers of exposure `network`. `operator`: all workers, and it may dial.
 */
export type Rights = "told" | "network" | "operator";

/** An origin, as its node makes them. */
export class NodeOrigin implements Origin {
  readonly arrivedBy: Address | undefined;
  readonly rights: Rights;
  /** The node that made it, as an object that is one per node. */
  readonly node: object;
  /** It came by a connection that the node dialled, whatever rights it was given since. */
  readonly isDialled: boolean;
  readonly #facts: readonly Fact[];

  constructor(
    node: object,
    rights: Rights,
    arrivedBy?: Address,
    facts: readonly Fact[] = [],
    isDialled: boolean = rights === "told",
  ) {
    this.node = node;
    this.rights = rights;
    this.arrivedBy = arrivedBy;
    this.#facts = facts;
    this.isDialled = isDialled;
  }

  get isOwn(): boolean {
    return this.rights === "operator";
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
    return new NodeOrigin(this.node, this.rights, this.arrivedBy, [...this.#facts, ...facts], this.isDialled);
  }

  /** The same without the rights of the operator's host. */
  withoutOwn(): NodeOrigin {
    return this.isOwn ? new NodeOrigin(this.node, "network", this.arrivedBy, this.#facts) : this;
  }

  /** The same with the rights of what comes by a connection that was accepted. */
  admitted(): NodeOrigin {
    if (this.rights !== "told") return this;
    return new NodeOrigin(this.node, "network", this.arrivedBy, this.#facts, true);
  }
}
