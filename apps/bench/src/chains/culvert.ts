import { ownBuild, type Role, startRole } from "../process/role.js";
import type { CulvertNodeOperations } from "../roles/culvert-node.js";
import { type Chain, type RunningChain, runChain, type Site, type Started } from "./chain.js";

/** A node of our chain, in a process of its own. */
export type CulvertNode = Role<CulvertNodeOperations>;

/** The nodes of our chain in the order inlet, relay, outlet. */
export type CulvertNodes = readonly [CulvertNode, CulvertNode, CulvertNode];

const relayName = "bench";

/** Inlet → relay → outlet: three nodes in three processes, made of the packages of a build. */
export function culvertChain(name: string, title: string, build: string): Chain {
  return { name, title, programs: [], start: (site) => openChain(site, build) };
}

/** Our chain, with its nodes at hand, for rows that ask them themselves. */
export async function runCulvert(
  targets: readonly number[],
): Promise<{ readonly chain: RunningChain; readonly nodes: CulvertNodes }> {
  let nodes: CulvertNodes | undefined;
  const start = async (site: Site): Promise<Started> => {
    const opened = await openChain(site, ownBuild);
    nodes = opened.nodes;
    return opened;
  };
  const chain = await runChain({ name: "culvert", start }, targets);
  return { chain, nodes: nodes as CulvertNodes };
}

async function openChain(
  { targets, wire, opened }: Site,
  build: string,
): Promise<Started & { readonly nodes: CulvertNodes }> {
  const startNode = async (): Promise<CulvertNode> => {
    const node = await startRole<CulvertNodeOperations>("culvert-node", build);
    opened.push(node);
    return node;
  };
  const nodes = await Promise.all([startNode(), startNode(), startNode()] as const);
  const [inlet, relay, outlet] = nodes;
  const relayPort = await relay.call("startRelay");
  await outlet.call("registerAt", { port: await wire(relayPort), name: relayName });
  const connection = await inlet.call("connect", relayPort);
  const entries = targets.map(async (target, index) => {
    const address = `outlet-${index}`;
    await outlet.call("startOutlet", { target, address });
    return inlet.call("startInlet", [connection, `forward_to_${relayName}`, address]);
  });
  return { entries: await Promise.all(entries), pids: nodes.map(({ pid }) => pid), nodes };
}
