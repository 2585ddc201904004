import type { AccessRule, Address, Transport } from "@x/core";
import {
  channelIdentity,
  createIdentity,
  identityChecker,
  memoryVault,
  type OwnIdentity,
  peerIdentity,
  policyRule,
  type Vault,
} from "@x/identity";
import { statePeer } from "@x/identity/inner";
import { startInlet, startOutlet } from "@x/portal-tcp";
import { startRelayClient } from "@x/relay";
import { createNode, type Node } from "@x/routing";
import {
  type ChannelListenerOptions,
  type ChannelOptions,
  onlyIdentifiers,
  startChannelListener,
} from "@x/secure-channel";
import { tcp } from "@x/transport-tcp";
import { onFinished } from "../harness/on-finished.js";
import { portOf } from "../harness/ports.js";
import { eventually } from "../harness/waiting.js";

/** Where the identities of both ends are kept. */
export const vault: Vault = memoryVault();

/** Who the node of the visitors is. */
export const visitorsIdentity: OwnIdentity = await createIdentity(vault);

/** Who the node of the target is. */
export const targetsIdentity: OwnIdentity = await createIdentity(vault);

/** Times of channels that notice and mend things soon. */
export const limits = { pingAfterMs: 1_000, pongTimeoutMs: 1_500, handshakeTimeoutMs: 2_000 };

/** A node over these transports or TCP. It ends with the test or program. */
export function newNode(...transports: readonly Transport[]): Node {
  const node = createNode({ transports: transports.length > 0 ? transports : [tcp()] });
  onFinished(() => node.close());
  return node;
}

/** How an end of a channel opens it, so that it believes nobody but the other one. */
export const trust = (own: OwnIdentity, other: OwnIdentity): ChannelOptions & ChannelListenerOptions => ({
  identity: channelIdentity(own),
  identities: identityChecker(),
  authorize: onlyIdentifiers([other.identifier]),
  facts: statePeer,
  limits,
});

const onlyVisitors = policyRule(`(= subject.identifier "${visitorsIdentity.identifier}")`, {
  resource: "outlet",
});

/** The target's node: registered at a relay, with an outlet for whoever may come through a channel, and an open one. */
export async function startTargetsNode(
  relay: Address,
  target: number,
  access: AccessRule = onlyVisitors,
): Promise<Node> {
  const node = newNode();
  const { worker } = await node.connect(relay, { keep: true });
  const client = startRelayClient(node, { route: [worker, "relay"], name: "far", token: "00".repeat(16) });
  startChannelListener(node, "api", trust(targetsIdentity, visitorsIdentity));
  const ownerOf = (origin: Parameters<AccessRule>[0]) => origin.fact(peerIdentity);
  startOutlet(node, { target: `127.0.0.1:${target}`, access, ownerOf });
  startOutlet(node, { target: `127.0.0.1:${target}`, address: "open-outlet" });
  await client.whenUp(AbortSignal.timeout(15_000));
  return node;
}

/** Opens an inlet for a route, and waits until it is up. Gives its port. */
export async function openInlet(node: Node, route: readonly Address[]): Promise<number> {
  const inlet = await startInlet(node, { listen: "127.0.0.1:0", routes: [route], connectionWaitMs: 10_000 });
  await eventually("the inlet is up", () => inlet.state === "up");
  return portOf(inlet.where);
}
