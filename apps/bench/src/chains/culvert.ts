import { ownBuild, startRole } from "../process/role.js";
import type { CulvertNodeOperations } from "../roles/culvert-node.js";
import type { Chain } from "./chain.js";

const relayName = "bench";

/** How a chain of ours is made. */
export interface CulvertChainOptions {
  readonly name: string;
  readonly title: string;
  /** The repository whose build is run. Default: this one. */
  readonly build?: string;
  /** Inlet, relay and outlet in three processes, or the inlet on the relay's node. Default: 3. */
  readonly processes?: 2 | 3;
  /** The portal runs through a secure channel between inlet and outlet. Default: it is open. */
  readonly isSealed?: boolean;
}

/** Inlet → relay → outlet, made of the packages of a build. */
export function culvertChain({
  name,
  title,
  build = ownBuild,
  processes = 3,
  isSealed,
}: CulvertChainOptions): Chain {
  return {
    name,
    title,
    start: async ({ targets, wire, opened }) => {
      const startNode = () => startRole<CulvertNodeOperations>(opened, "culvert-node", build);
      const nodes = await Promise.all(Array.from({ length: processes }, startNode));
      const [inlet, relay, outlet] = processes === 3 ? nodes : [nodes[0], nodes[0], nodes[1]];
      if (inlet === undefined || relay === undefined || outlet === undefined) throw new Error("No nodes");
      const relayPort = await relay.call("startRelay");
      await outlet.call("registerAt", { port: await wire(relayPort), name: relayName });
      const way = inlet === relay ? [] : [await inlet.call("connect", relayPort)];
      const open = [...way, `forward_to_${relayName}`];
      if (isSealed) await outlet.call("startChannels");
      const route = isSealed ? [await inlet.call("openChannel", [...open, "api"])] : open;
      const entries = targets.map(async (target, index) => {
        const address = `outlet-${index}`;
        await outlet.call("startOutlet", { target, address });
        return inlet.call("startInlet", [...route, address]);
      });
      return {
        entries: await Promise.all(entries),
        pids: nodes.map(({ pid }) => pid),
        collectGarbage: () => Promise.all(nodes.map((node) => node.call("memory"))),
      };
    },
  };
}
