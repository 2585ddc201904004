import type { HomeIdentities, NamedIdentity } from "../../identities/home-identities.js";
import type { Block } from "../../output/blocks.js";
import type { NamedThings } from "../shared/named-things.js";

/** An identity as JSON. */
export interface IdentityView {
  readonly name: string;
  readonly identifier: string;
  readonly is_default: boolean;
  /** The vault with its key; null for one that was imported without. */
  readonly vault: string | null;
}

export function identityView({ name, identifier, isDefault, vault }: NamedIdentity): IdentityView {
  return { name, identifier, is_default: isDefault, vault: vault ?? null };
}

export function identityBlock({ name, identifier, is_default, vault }: IdentityView): Block {
  return {
    title: is_default ? `Identity ${name} (default)` : `Identity ${name}`,
    fields: { Identifier: identifier, Vault: vault ?? "none: it was imported without its key" },
  };
}

/** Identities, as commands pick and delete them. */
export function namedIdentities(
  identities: HomeIdentities,
  checkUnused: (names: readonly string[]) => void = () => {},
): NamedThings {
  return {
    what: "identity",
    many: "identities",
    list: () => identities.list(),
    find: (name) => identities.find(name),
    async delete(names) {
      checkUnused(names);
      await identities.delete(names);
    },
  };
}
