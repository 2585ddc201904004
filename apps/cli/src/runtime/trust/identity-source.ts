import type { Identifier, OwnIdentity } from "@x/identity";
import { createIdentity, memoryVault } from "@x/identity";

/** Where a node finds identities, and what is remembered of those of others. */
export interface IdentitySource {
  /**
   * An identity by its name, with its newest keys; the default one where no name is given. It is made when it is missing.
   *
   * @throws CulvertError VAULT_LOCKED and others of vaults; CliError RESOURCE_NOT_FOUND, STATE_FAILED
   */
  use(name?: string): Promise<OwnIdentity>;
  /** The identities that belong to the same user. */
  own(): Promise<readonly Identifier[]>;
  /** The identity that was met first at the end of a route. */
  remembered(route: string): Promise<Identifier | undefined>;
  /** Keeps it, and gives the one that is kept: of several at once the first one counts. */
  remember(route: string, identifier: Identifier): Promise<Identifier>;
  /** The credentials that an identity may show now, as their authorities signed them. */
  credentials(identifier: Identifier, scope?: string): Promise<readonly Uint8Array[]>;
}

/** Identities that last as long as the process. */
export function memoryIdentities(): IdentitySource {
  const vault = memoryVault();
  const identities = new Map<string, Promise<OwnIdentity>>();
  const routes = new Map<string, Identifier>();
  return {
    use(name = "default") {
      const identity = identities.get(name) ?? createIdentity(vault);
      identities.set(name, identity);
      return identity;
    },
    own: async () => (await Promise.all(identities.values())).map(({ identifier }) => identifier),
    remembered: async (route) => routes.get(route),
    async remember(route, identifier) {
      const first = routes.get(route) ?? identifier;
      routes.set(route, first);
      return first;
    },
    credentials: async () => [],
  };
}
