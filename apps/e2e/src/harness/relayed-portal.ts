import { type FaultyTcp, startFaultyTcp } from "./faulty-tcp.js";
import { portOf } from "./ports.js";
import { openWorkspace, type Workspace } from "./workspace.js";

/** The nodes of a relayed portal: that of the inlet, the relay, and that of the outlet. */
export type RelayedNode = "near" | "relay" | "far";

/** near → relay ← far, with a wire that can break on each leg, an inlet on near and an outlet on far. */
export interface RelayedPortal {
  readonly workspace: Workspace;
  /** The inlet's port. */
  readonly port: number;
  /** The processes as they were created. */
  readonly pids: Readonly<Record<RelayedNode, number>>;
  /** The legs of the inlet's node and of the outlet's node to the relay. */
  readonly wires: readonly [FaultyTcp, FaultyTcp];
  /** The route from the inlet's node to the outlet's node. */
  readonly route: string;
}

/** How a relayed portal is made. */
export interface RelayedPortalOptions {
  /** Default: a new one. */
  readonly workspace?: Workspace;
  /** Further arguments of each `node create`, as one string. Default: none. */
  readonly nodeArguments?: string;
}

/** Starts the nodes and leads the portal to a port of loopback, or to `host:port`. */
export async function openRelayedPortal(
  target: { readonly port: number } | string,
  options: RelayedPortalOptions = {},
): Promise<RelayedPortal> {
  const { workspace = openWorkspace(), nodeArguments = "" } = options;
  const { ok, createNode, tcpPort } = workspace;
  const relay = await createNode("relay", nodeArguments);
  const far = await createNode("far", nodeArguments);
  const near = await createNode("near", nodeArguments);
  const relayPort = await tcpPort("relay");
  const wires = [await startFaultyTcp(relayPort), await startFaultyTcp(relayPort)] as const;
  await ok(`relay create far --at /ip4/127.0.0.1/tcp/${wires[1].port} --to far`);
  const place = typeof target === "string" ? target : `127.0.0.1:${target.port}`;
  await ok(`tcp-outlet create --at far --to ${place}`);
  const connection = await ok(`tcp-connection create --from near --to 127.0.0.1:${wires[0].port}`);
  const route = `${connection}/service/forward_to_far`;
  const inlet = await ok(`tcp-inlet create --at near --to ${route}/service/outlet`);
  const pids = { near: near.pid, relay: relay.pid, far: far.pid };
  return { workspace, port: portOf(inlet), pids, wires, route };
}
