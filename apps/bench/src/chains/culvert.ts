import { type Role, startRole } from "../process/role.js";
import type { CulvertNodeOperations } from "../roles/culvert-node.js";
import { type Chain, type Closable, noWire, type RunningChain, startChain } from "./chain.js";

/** The three nodes of our chain, for rows that ask them themselves. */
export interface CulvertNodes {
  readonly inlet: Role<CulvertNodeOperations>;
  readonly relay: Role<CulvertNodeOperations>;
  readonly outlet: Role<CulvertNodeOperations>;
}

const relayName = "bench";

/** Inlet → relay → outlet: three nodes in three processes, made of the packages. */
export const culvertChain: Chain = {
  name: "culvert",
  title: "inlet → relay → outlet in three Node processes",
  missing: () => undefined,
  start: (targets, wire = noWire) => startChain((opened) => openChain(opened, targets, wire)),
};

/** Our chain, with its nodes at hand. */
export async function startCulvert(
  targets: readonly number[],
): Promise<RunningChain & { nodes: CulvertNodes }> {
  let nodes: CulvertNodes | undefined;
  const chain = await startChain(async (opened) => {
    const { nodes: started, ...rest } = await openChain(opened, targets, noWire);
    nodes = started;
    return rest;
  });
  return { ...chain, nodes: nodes as CulvertNodes };
}

async function openChain(
  opened: Closable[],
  targets: readonly number[],
  wire: (port: number) => Promise<number>,
): Promise<Omit<RunningChain, "close"> & { readonly nodes: CulvertNodes }> {
  const [inlet, relay, outlet] = await Promise.all([startNode(opened), startNode(opened), startNode(opened)]);
  const relayPort = await relay.call("startRelay", undefined);
  await outlet.call("registerAt", { port: await wire(relayPort), name: relayName });
  const connection = await inlet.call("connect", relayPort);
  const entries = await Promise.all(
    targets.map(async (target, index) => {
      const address = `outlet-${index}`;
      await outlet.call("startOutlet", { target, address });
      return inlet.call("startInlet", [connection, `forward_to_${relayName}`, address]);
    }),
  );
  return { entries, pids: [inlet.pid, relay.pid, outlet.pid], nodes: { inlet, relay, outlet } };
}

async function startNode(opened: Closable[]): Promise<Role<CulvertNodeOperations>> {
  const role = await startRole<CulvertNodeOperations>("culvert-node");
  opened.push(role);
  return role;
}
