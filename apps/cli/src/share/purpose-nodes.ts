import { CliError } from "../cli-error.js";
import type { CommandContext } from "../framework/context.js";
import { releaseRelays } from "../node-process/release-relays.js";
import { deleteNode } from "../node-process/stop-node.js";
import { type NodePurpose, type NodeSettings, readSettings } from "../state/node-files.js";
import type { NodeRecord } from "../state/nodes.js";

/** A node that was made to share something, or to open what somebody shares. */
export interface PurposeNode {
  readonly node: NodeRecord;
  readonly settings: NodeSettings;
  readonly purpose: NodePurpose;
}

/** All nodes of this home that are there for that alone. */
export async function purposeNodes(
  { nodes }: CommandContext,
  kind: NodePurpose["kind"],
): Promise<readonly PurposeNode[]> {
  return (await nodes.list()).flatMap((node) => {
    const settings = readSettings(node.paths);
    const purpose = settings?.purpose;
    return settings === undefined || purpose?.kind !== kind ? [] : [{ node, settings, purpose }];
  });
}

/**
 * The ones of these names.
 *
 * @throws CliError RESOURCE_NOT_FOUND
 */
export function chosenNodes(all: readonly PurposeNode[], names: readonly string[]): readonly PurposeNode[] {
  return names.map((name) => {
    const found = all.find(({ purpose }) => purpose.name === name);
    if (found !== undefined) return found;
    const known = all.map(({ purpose }) => purpose.name).slice(0, 10);
    throw new CliError("RESOURCE_NOT_FOUND", `Cannot find ${JSON.stringify(name)}: not found`, {
      hint: known.length === 0 ? "There is nothing of the kind" : `There are: ${known.join(", ")}`,
    });
  });
}

/** Ends one, and removes all that was made for it. */
export async function endPurposeNode(
  context: CommandContext,
  {
    node,
    settings,
    purpose,
  }: Pick<PurposeNode, "settings" | "purpose"> & { readonly node: { name: string } },
): Promise<void> {
  const { nodes } = context;
  await releaseRelays(context, node.name);
  await deleteNode(nodes, node.name, "now");
  const identities = await context.identities();
  if (purpose.kind === "open" && settings.credentialScope !== undefined)
    await identities.memberships.remove(settings.credentialScope);
  const own = settings.identity;
  // What is shared has an identity of its own, which is good for nothing else.
  if (purpose.kind === "share" && own !== undefined && identities.list().some(({ name }) => name === own))
    await identities.delete([own]);
}
