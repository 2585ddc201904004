import type { CommandContext } from "../framework/context.js";
import type { HomeIdentities } from "../identities/home-identities.js";
import { authorityOf } from "../identities/home-memberships.js";
import type { LazyRegistry } from "../registry/registry.js";
import { createNodeRuntime, type NodeRuntime } from "./node-runtime.js";
import { homeIdentitySource } from "./trust/home-identity-source.js";
import type { NodeTrustOptions } from "./trust/node-trust.js";

/** A node within a command: the member of the home, if it has one, else its default identity. It takes no channels. */
export async function temporaryRuntime(
  { identities }: CommandContext,
  registry: LazyRegistry,
): Promise<NodeRuntime> {
  const name = "temporary";
  return createNodeRuntime({
    name,
    registry: await registry(),
    trust: await trustOf(await identities(), name),
    channelListener: false,
  });
}

async function trustOf(home: HomeIdentities, name: string): Promise<NodeTrustOptions> {
  const identities = homeIdentitySource(home, name);
  const membership = home.memberships.newest();
  if (membership === undefined) return { identities };
  return { identities, identity: membership.identity, authority: await authorityOf(membership) };
}
