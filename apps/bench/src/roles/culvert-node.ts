import { setTimeout as sleep } from "node:timers/promises";
import type { Address, Route } from "@x/core";
import { channelIdentity, createIdentity, identityChecker, memoryVault } from "@x/identity";
import { startInlet, startOutlet } from "@x/portal-tcp";
import { startRelayClient, startRelayService } from "@x/relay";
import { createNode, type Node } from "@x/routing";
import { type ChannelTrust, openChannel, startChannelListener } from "@x/secure-channel";
import { tcp } from "@x/transport-tcp";
import { serveRole } from "../process/serve-role.js";
import { residentBytes } from "../process/usage.js";

/** What a node of our chain can be asked. */
export type CulvertNodeOperations = typeof operations;

const upTimeoutMs = 10_000;
const node = newNode();
// Kept, as a program keeps what it started.
const kept: unknown[] = [];

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

/** An identity of its own, and trust in whoever has one. */
async function newTrust(): Promise<ChannelTrust> {
  const identity = channelIdentity(await createIdentity(memoryVault()));
  return { identity, identities: identityChecker(), authorize: () => undefined };
}

const operations = {
  /** Listens, starts the relay service, and gives the port. */
  async startRelay(): Promise<number> {
    const listener = await node.listen("tcp#127.0.0.1:0");
    startRelayService(node);
    return Number(listener.address.split(":").at(-1));
  },
  /** Connects to a node's port and gives the connection's worker address. */
  connect(port: number): Promise<Address> {
    return connect(node, port);
  },
  /** Registers at the relay service of the node at this port. */
  async registerAt({ port, name }: { readonly port: number; readonly name: string }): Promise<void> {
    await register(node, await connect(node, port), name);
  },
  /** Registers many relays there, `perNode` from each of several nodes in this process. */
  async registerMany(many: { port: number; count: number; perNode: number }): Promise<void> {
    for (let left = many.count; left > 0; left -= many.perNode) {
      const other = newNode();
      kept.push(other);
      const connection = await connect(other, many.port);
      const some = Array.from({ length: Math.min(left, many.perNode) }, () => register(other, connection));
      await Promise.all(some);
    }
  },
  /** Takes secure channels at the address `api`. */
  async startChannels(): Promise<void> {
    kept.push(startChannelListener(node, "api", await newTrust()));
  },
  /** Opens a secure channel to the end of a route and gives its address. */
  async openChannel(route: Route): Promise<Address> {
    const channel = await openChannel(node, route, await newTrust());
    kept.push(channel);
    return channel.address;
  },
  /** Starts an outlet for a loopback port. */
  startOutlet({ target, address }: { readonly target: number; readonly address: Address }): void {
    kept.push(startOutlet(node, { target: `127.0.0.1:${target}`, address }));
  },
  /** Starts an inlet for a route and gives its port, once the far end has answered. */
  async startInlet(route: Route): Promise<number> {
    const inlet = await startInlet(node, { listen: "127.0.0.1:0", routes: [route] });
    kept.push(inlet);
    for (const endsAt = performance.now() + upTimeoutMs; inlet.state !== "up"; await sleep(5)) {
      if (performance.now() > endsAt)
        throw new Error(`Inlet is ${inlet.state}: ${inlet.lastFailure?.message}`);
    }
    return Number(inlet.where.split(":").at(-1));
  },
  /** What the process takes after a garbage collection, as the system counts it, in bytes. */
  async memory(): Promise<number> {
    // Twice, with a turn between: what finalizers let go is collected by the second.
    globalThis.gc?.();
    await sleep(50);
    globalThis.gc?.();
    return residentBytes(process.pid);
  },
};
serveRole(operations);
