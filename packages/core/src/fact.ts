/**
 * Something that was found out about the sender of a message, such as an identity that it proved.
 * Facts stay on the node; they are made by whoever owns their key, and read by whoever has the key.
 */
export interface Fact {
  /** The name of its key, for people. */
  readonly name: string;
}

/** Reads facts of one kind. */
export interface FactKey<Value> {
  /** What the facts are about, for people: `peer identity`. */
  readonly name: string;
  /** What a fact says; nothing when it is of another key, or an imitation. */
  read(fact: Fact): Value | undefined;
}

/** A key for everybody, and what only its owner should have. */
export interface FactOwner<Value> {
  readonly key: FactKey<Value>;
  /** Makes a fact that the key reads. Keep this function to yourself: whoever has it is believed. */
  readonly state: (value: Value) => Fact;
}

/**
 * Makes a kind of facts.
 *
 * ```ts
 * const { key, state } = defineFact<string>("peer identity");
 * export const peerIdentity = key;
 * message.forward({ onwardRoute, payload, facts: [state("I5b…")] });
 * ```
 */
export function defineFact<Value>(name: string): FactOwner<Value> {
  // Only what `state` made is in here, so that a fact needs no secret that could be copied off another one.
  const values = new WeakMap<Fact, { readonly value: Value }>();
  return {
    key: Object.freeze({ name, read: (fact: Fact) => values.get(fact)?.value }),
    state: (value) => {
      const fact: Fact = Object.freeze({ name });
      values.set(fact, { value });
      return fact;
    },
  };
}
