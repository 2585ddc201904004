import { setTimeout as sleep } from "node:timers/promises";
import type { Address, Route } from "@x/core";
import { type Inlet, type Outlet, startInlet, startOutlet } from "@x/portal-tcp";
import { type RelayClient, startRelayClient, startRelayService } from "@x/relay";
import { createNode, type Node } from "@x/routing";
import { tcp } from "@x/transport-tcp";
import { serveRole } from "../process/serve-role.js";
import { residentBytes } from "../process/usage.js";

/** What a node of our chain can be asked. */
export interface CulvertNodeOperations {
  readonly [operation: string]: (params: never) => unknown;
  /** Listens, starts the relay service, and gives the port. */
  readonly startRelay: (params: undefined) => Promise<number>;
  /** Connects to a node's port and gives the connection's worker address. */
  readonly connect: (port: number) => Promise<Address>;
  /** Registers at the relay service of the node at this port. */
  readonly registerAt: (options: { readonly port: number; readonly name: string }) => Promise<void>;
  /** Registers many relays there, `perNode` from each of several nodes in this process. */
  readonly registerMany: (options: ManyRelays) => Promise<void>;
  /** Starts an outlet for a loopback port. */
  readonly startOutlet: (options: OutletOptions) => void;
  /** Starts an inlet for a route and gives its port, once the far end has answered. */
  readonly startInlet: (route: Route) => Promise<number>;
  /** What the process takes after a garbage collection. */
  readonly memory: (params: undefined) => Promise<MemoryUse>;
}

export interface ManyRelays {
  readonly port: number;
  readonly count: number;
  readonly perNode: number;
}

export interface MemoryUse {
  /** What the system counts, in bytes: also what an allocator keeps for later. */
  readonly residentBytes: number;
  /** What the program holds: objects and buffers, in bytes. */
  readonly heldBytes: number;
}

export interface OutletOptions {
  readonly target: number;
  readonly address: Address;
}

const upTimeoutMs = 10_000;
const node = newNode();
// Kept, as a program keeps what it started.
const kept: (Node | RelayClient | Inlet | Outlet)[] = [];

function newNode(): Node {
  return createNode({ transports: [tcp()] });
}

async function connect(from: Node, port: number): Promise<Address> {
  return (await from.connect(`tcp#127.0.0.1:${port}`)).worker;
}

async function register(from: Node, connection: Address, name?: string): Promise<void> {
  const options = { route: [connection, "relay"], ...(name === undefined ? {} : { name }) };
  const client = startRelayClient(from, options);
  kept.push(client);
  await client.whenUp(AbortSignal.timeout(upTimeoutMs));
}

async function registerFromNewNode(port: number, count: number): Promise<void> {
  const other = newNode();
  kept.push(other);
  const connection = await connect(other, port);
  await Promise.all(Array.from({ length: count }, () => register(other, connection)));
}

async function openInlet(route: Route): Promise<number> {
  const inlet = await startInlet(node, { listen: "127.0.0.1:0", routes: [route] });
  kept.push(inlet);
  for (const endsAt = performance.now() + upTimeoutMs; inlet.state !== "up"; await sleep(5)) {
    if (performance.now() > endsAt) throw new Error(`Inlet is ${inlet.state}: ${inlet.lastFailure?.message}`);
  }
  return Number(inlet.where.slice(inlet.where.lastIndexOf(":") + 1));
}

const operations: CulvertNodeOperations = {
  startRelay: async () => {
    const listener = await node.listen("tcp#127.0.0.1:0");
    startRelayService(node);
    return Number(listener.address.slice(listener.address.lastIndexOf(":") + 1));
  },
  connect: (port) => connect(node, port),
  registerAt: async ({ port, name }) => register(node, await connect(node, port), name),
  registerMany: async ({ port, count, perNode }) => {
    for (let left = count; left > 0; left -= perNode)
      await registerFromNewNode(port, Math.min(left, perNode));
  },
  startOutlet: ({ target, address }) => {
    kept.push(startOutlet(node, { target: `127.0.0.1:${target}`, address }));
  },
  startInlet: openInlet,
  memory: async () => {
    // Twice, with a turn between: what finalizers let go is collected by the second.
    globalThis.gc?.();
    await sleep(50);
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return { residentBytes: residentBytes(process.pid), heldBytes: heapUsed + external };
  },
};
serveRole(operations);
