import type { Workspace } from "./workspace.js";

/** A way in which an inlet's node and an outlet's node can be joined. */
export interface Topology {
  readonly name: string;
  /** Creates the nodes; gives the names of the outermost ones, and the route from the first to the second. */
  build(
    workspace: Workspace,
  ): Promise<{ readonly near: string; readonly far: string; readonly route: string }>;
}

/** Zero, one and two relays, and a hop. */
export const topologies: readonly Topology[] = [
  {
    name: "directly",
    build: async ({ createNode }) => {
      await createNode("far");
      await createNode("near");
      return { near: "near", far: "far", route: "/node/far" };
    },
  },
  {
    name: "over a hop",
    build: async ({ createNode, ok }) => {
      for (const name of ["far", "middle", "near"]) await createNode(name);
      await ok("service start hop --at middle");
      const port = (await ok("node show far --output json --jq .route.verbose")).match(/(\d+)"?$/)?.[1];
      const connection = await ok(`tcp-connection create --from middle --to 127.0.0.1:${port}`);
      return { near: "near", far: "far", route: `/node/middle/service/hop${connection}` };
    },
  },
  {
    name: "over one relay",
    build: async ({ createNode, ok }) => {
      for (const name of ["relay", "far", "near"]) await createNode(name);
      await ok("relay create far --at /node/relay --to far");
      return { near: "near", far: "far", route: "/node/relay/service/forward_to_far" };
    },
  },
  {
    name: "over two relays",
    build: async ({ createNode, ok }) => {
      for (const name of ["outer", "inner", "far", "near"]) await createNode(name);
      await ok("relay create inner --at /node/outer --to inner");
      await ok("relay create far --at /node/inner --to far");
      return {
        near: "near",
        far: "far",
        route: "/node/outer/service/forward_to_inner/service/forward_to_far",
      };
    },
  },
];

/** Starts an outlet for a loopback port and an inlet that leads to it over a topology; gives the inlet's port. */
export async function openPortal(workspace: Workspace, topology: Topology, target: number): Promise<number> {
  const { near, far, route } = await topology.build(workspace);
  await workspace.ok(`tcp-outlet create --at ${far} --to 127.0.0.1:${target}`);
  const where = await workspace.ok(`tcp-inlet create --at ${near} --to ${route}/service/outlet`);
  return Number(where.slice(where.lastIndexOf(":") + 1));
}
