import { createNode, type Node, type NodeOptions } from "@x/routing";
import { MemoryNetwork, type MemoryNetworkOptions, memory } from "@x/transport-memory";
import { afterEach } from "vitest";
import type { ChannelListener, ChannelListenerOptions, ChannelOptions, SecureChannel } from "../src/index.js";
import { openChannel, startChannelListener } from "../src/node.js";
import { TestIdentity, trusting } from "./test-identity.js";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

/** Something that is closed after the test. */
export function closing<Thing extends { close(): Promise<void> }>(thing: Thing): Thing {
  open.push(thing);
  return thing;
}

/** A node that is closed after the test. */
export const node = (options: NodeOptions = {}): Node => closing(createNode(options));

/** The capabilities of a wire that loses and reorders. */
export const datagrams = { reliable: false, ordered: false } as const;

/** A place in which nodes find each other. */
export function place(options: MemoryNetworkOptions = {}, capabilities = {}) {
  const network = new MemoryNetwork(options);
  const transports = [memory({ network, ...capabilities })];
  return { network, node: () => node({ transports }) };
}

/** What `open` gives. */
export interface Opened {
  readonly near: Node;
  readonly far: Node;
  readonly network: MemoryNetwork;
  readonly channel: SecureChannel;
  readonly listener: ChannelListener;
  readonly nearIdentity: TestIdentity;
  readonly farIdentity: TestIdentity;
  /** Opens one more channel the same way. */
  readonly again: (options?: Partial<ChannelOptions>) => Promise<SecureChannel>;
}

/** Two nodes with a channel from one to the other. */
export async function opened(
  given: {
    readonly network?: MemoryNetworkOptions;
    readonly capabilities?: object;
    readonly dialler?: Partial<ChannelOptions>;
    readonly listener?: Partial<ChannelListenerOptions>;
  } = {},
): Promise<Opened> {
  const { network, node } = place(given.network, given.capabilities);
  const [near, far] = [node(), node()];
  const [nearIdentity, farIdentity] = [new TestIdentity(), new TestIdentity()];
  const listener = startChannelListener(far, "api", { ...trusting(farIdentity), ...given.listener });
  await far.listen("memory#far");
  const again = async (options: Partial<ChannelOptions> = {}) =>
    closing(
      await openChannel(near.own, ["memory#far", "api"], {
        ...trusting(nearIdentity),
        ...given.dialler,
        ...options,
      }),
    );
  return { near, far, network, channel: await again(), listener, nearIdentity, farIdentity, again };
}
