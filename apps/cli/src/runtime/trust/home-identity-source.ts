import type { HomeIdentities } from "../../identities/home-identities.js";
import type { IdentitySource } from "./identity-source.js";

/**
 * The identities of a home, for one of its nodes.
 *
 * @param node its name: some credentials are for one node alone
 */
export function homeIdentitySource(home: HomeIdentities, node: string): IdentitySource {
  return {
    use: (name) => home.use(name),
    own: async () => home.own(),
    remembered: async (route) => home.remembered.get(route),
    remember: (route, identifier) => home.remembered.remember(route, identifier),
    async credentials(subject, scope) {
      const place = { subject, node, ...(scope !== undefined && { scope }) };
      return (await home.credentials.valid(place)).map(({ bytes }) => bytes);
    },
  };
}
