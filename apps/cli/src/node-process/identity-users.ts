import { CliError } from "../cli-error.js";
import type { Resource } from "../registry/resource.js";
import { readSettings } from "../state/node-files.js";
import type { NodeStore } from "../state/nodes.js";
import { readResources } from "./saved-resources.js";

/**
 * Makes sure that no node speaks for one of these identities, and that nothing that a node has does.
 *
 * @throws CliError RESOURCE_IN_USE; STATE_CORRUPT, STATE_FAILED when it cannot be found out
 */
export function checkIdentitiesUnused(
  nodes: NodeStore,
  kinds: readonly Resource[],
  identities: readonly string[],
): void {
  for (const node of nodes.names()) {
    const used = identitiesOf(nodes, node, kinds);
    const identity = identities.find((name) => used.has(name));
    if (identity === undefined) continue;
    throw new CliError("RESOURCE_IN_USE", `Cannot delete identity "${identity}": node ${node} uses it`, {
      hint: `Delete the node first: \`culvert node delete ${node} --yes\``,
    });
  }
}

function identitiesOf(nodes: NodeStore, node: string, kinds: readonly Resource[]): ReadonlySet<unknown> {
  const paths = nodes.paths(node);
  const things = Object.values(readResources(paths.resources, kinds)?.spec.resources ?? {}).flat();
  return new Set([
    readSettings(paths)?.identity,
    ...things.map((spec) => (spec as { identity?: unknown }).identity),
  ]);
}
