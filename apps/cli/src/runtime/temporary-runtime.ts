import type { CommandContext } from "../framework/context.js";
import type { LazyRegistry } from "../registry/registry.js";
import { createNodeRuntime, type NodeRuntime } from "./node-runtime.js";
import { homeIdentitySource } from "./trust/home-identity-source.js";

/** A node within a command, with the default identity of the home: it takes no channels. */
export async function temporaryRuntime(
  { identities }: CommandContext,
  registry: LazyRegistry,
): Promise<NodeRuntime> {
  const name = "temporary";
  return createNodeRuntime({
    name,
    registry: await registry(),
    trust: { identities: homeIdentitySource(await identities(), name) },
    channelListener: false,
  });
}
