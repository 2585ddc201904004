import type { Route } from "@x/core";
import { startRelayClient, startRelayService } from "@x/relay";
import { createNode, type Node, type NodeConnection, startHop } from "@x/routing";
import { MemoryNetwork, type MemoryOptions, memory, type WireConditions } from "@x/transport-memory";
import { startInlet } from "../inlet.js";
import type { Inlet, InletOptions } from "../inlet-options.js";
import { type Outlet, type OutletOptions, startOutlet } from "../outlet.js";
import { afterTest } from "./cleanups.js";
import { soon, until } from "./sockets.js";

/** Nodes in a row: the first has the inlet, the last the outlet. */
export interface Chain {
  readonly network: MemoryNetwork;
  readonly near: Node;
  readonly far: Node;
  /** From `near` to `far`, without the outlet's address. */
  readonly route: Route;
  /** The connection that leads out of `near`. */
  readonly connection: NodeConnection;
}

export type ChainKind = "direct" | "hop" | "one relay" | "two relays";

export interface ChainOptions {
  readonly kind?: ChainKind;
  readonly conditions?: Partial<WireConditions>;
  readonly transport?: Omit<MemoryOptions, "network">;
}

/** Makes nodes and connects them. */
export async function startChain({
  kind = "direct",
  conditions = {},
  transport = {},
}: ChainOptions = {}): Promise<Chain> {
  const network = new MemoryNetwork({ conditions });
  const newNode = (): Node => {
    const node = createNode({ transports: [memory({ ...transport, network })] });
    afterTest(() => node.close());
    return node;
  };
  const [near, far] = [newNode(), newNode()];
  if (kind === "direct" || kind === "hop") {
    const { address } = await far.listen("memory#far");
    const connection = await near.connect(address);
    if (kind === "hop") startHop(far, { address: "hop", exposure: "network" });
    const hops = kind === "hop" ? ["hop"] : [];
    return { network, near, far, connection, route: [connection.worker, ...hops] };
  }
  const relays = kind === "one relay" ? [newNode()] : [newNode(), newNode()];
  const places = await Promise.all(relays.map((relay, index) => startRelay(relay, `relay${index}`)));
  const forwards: string[] = [];
  // The last relay is the one `far` registers at; each relay registers at the one before it.
  for (const [index, node] of [...relays.slice(1), far].entries()) {
    forwards.push(await register(node, places[index] as string, `name${index}`));
  }
  const connection = await near.connect(places[0] as string);
  return { network, near, far, connection, route: [connection.worker, ...forwards] };
}

async function startRelay(relay: Node, name: string): Promise<string> {
  startRelayService(relay);
  return (await relay.listen(`memory#${name}`)).address;
}

async function register(node: Node, at: string, name: string): Promise<string> {
  const { worker } = await node.connect(at);
  const client = startRelayClient(node, { route: [worker, "relay"], name });
  afterTest(() => client.close());
  await soon(client.whenUp(), "a registration");
  return client.remoteAddress;
}

export interface Portal {
  readonly inlet: Inlet;
  readonly outlet: Outlet;
}

/** Starts an outlet and an inlet on a chain, and waits until the inlet is up. */
export async function startPortal(
  chain: Chain,
  target: string,
  options: { inlet?: Partial<InletOptions>; outlet?: Partial<OutletOptions> } = {},
): Promise<Portal> {
  const outlet = startOutlet(chain.far, { target, ...options.outlet });
  afterTest(() => outlet.close());
  const routes = [[...chain.route, outlet.address]];
  const inlet = await startInlet(chain.near, { listen: "127.0.0.1:0", routes, ...options.inlet });
  afterTest(() => inlet.close());
  await until(() => inlet.state === "up", "the inlet's route coming up");
  return { inlet, outlet };
}
