import type { CommandContext } from "../framework/context.js";
import { readResources } from "../node-process/saved-resources.js";
import { keptParams, type Params } from "../registry/differences.js";
import { optionKey, parameterOf } from "../registry/option.js";
import type { Resource } from "../registry/resource.js";
import { resourceClient } from "../registry/resource-client.js";
import type { NamedParams } from "../runtime/resource-table.js";
import { type NodeSettings, readSettings } from "../state/node-files.js";
import type { NodeRecord } from "../state/nodes.js";

/** A node that is there, and all that was made on it. */
export interface StandingNode {
  readonly record: NodeRecord;
  readonly settings: NodeSettings;
  /** The things of each kind, by noun. */
  readonly things: ReadonlyMap<string, readonly NamedParams[]>;
}

/**
 * What stands in a home, by the names of nodes. Those that do not run are known by what they kept. Nodes that were made to share
 * or open something are what other commands are about.
 */
export async function readStanding(
  { nodes, control }: Pick<CommandContext, "nodes" | "control">,
  kinds: readonly Resource[],
  names?: ReadonlySet<string>,
): Promise<ReadonlyMap<string, StandingNode>> {
  const standing = new Map<string, StandingNode>();
  for (const record of await nodes.list()) {
    const settings = readSettings(record.paths);
    if (settings === undefined || settings.purpose !== undefined || names?.has(record.name) === false)
      continue;
    const kept = record.status === "running" ? undefined : readResources(record.paths.resources, kinds);
    const listed = kinds.map(async (kind) => {
      if (record.status === "running") return resourceClient(control(record.name), kind.noun).params();
      return (kept?.spec.resources[kind.noun] ?? []).map((spec) => {
        const params = keptParams(kind.options, spec);
        return { name: identityOf(kind, params) ?? "", params };
      });
    });
    const things = await Promise.all(listed);
    const byNoun = new Map(kinds.map((kind, index) => [kind.noun, things[index] ?? []]));
    standing.set(record.name, { record, settings, things: byNoun });
  }
  return standing;
}

/** What tells a thing from others of its kind on its node, by its parameters; nothing where nobody said it. */
export function identityOf(kind: Resource, params: Params): string | undefined {
  if (kind.identity !== undefined) return kind.identity(params);
  const key = kind.unique ?? kind.named;
  const value = params[parameterOf(kind.options, key) ?? ""];
  if (value === undefined) return undefined;
  const option = kind.options.find((one) => optionKey(one) === key);
  return String(option?.kind.write?.(value) ?? value);
}
