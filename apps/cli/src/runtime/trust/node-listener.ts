import type { Address } from "@x/core";
import { type ChannelListener, startChannelListener } from "@x/secure-channel";
import { type ChannelSurroundings, channelReporter } from "./node-channels.js";
import type { PeersOptions } from "./node-trust.js";

/** How to make a listener for channels. */
export interface ChannelListenerSpec extends PeersOptions {
  readonly address: Address;
}

/** A listener for channels of a node. */
export interface ChannelListenerEntry {
  /** How to make it again; absent for the one that every node has. */
  readonly spec?: ChannelListenerSpec;
  readonly listener: ChannelListener;
  /** Who it is. */
  readonly identifier: string;
}

/**
 * Takes channels at an address.
 *
 * @throws CulvertError ADDRESS_TAKEN, and what the identity throws
 */
export async function startNodeListener(
  { node, trust, events, refusals }: ChannelSurroundings,
  spec: ChannelListenerSpec,
): Promise<ChannelListenerEntry> {
  const knowing = await trust.listening(spec);
  const listener = startChannelListener(node, spec.address, {
    ...knowing,
    onReport: channelReporter(events, refusals, false),
  });
  return { spec, listener, identifier: knowing.identity.identifier };
}
