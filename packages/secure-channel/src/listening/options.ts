import type { AccessRule, Address } from "@x/core";
import type { ListenerLimits } from "../limits.js";
import type { ChannelPeer, ChannelTrust } from "../peer.js";
import type { ChannelReporter } from "../reports.js";

/** How to listen for channels. */
export interface ChannelListenerOptions extends ChannelTrust {
  /**
   * Lets what comes out use workers of exposure `network` although it came by a connection that this node dialled.
   * Default false. What comes by an accepted connection, or by a relay client, may use them anyway.
   */
  readonly admit?: boolean;
  /**
   * Who else may send into the channels, beside what began on this node and what answers to something that came out of the same
   * channel. Default: nobody. For services that pass on messages of others through a channel, such as a relay.
   */
  readonly letIn?: AccessRule;
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<ListenerLimits>;
  /** Told what belongs in a log: whoever was let in or refused, with the identifier. */
  readonly onReport?: ChannelReporter;
}

/** A place where channels can be opened. */
export interface ChannelListener extends AsyncDisposable {
  readonly address: Address;
  /** Who is at the other end of each channel, oldest first. */
  peers(): readonly ChannelPeer[];
  /** Handshakes that are not finished. */
  readonly halfOpen: number;
  /** Closes one channel; its dialler is told that it was closed. Says whether there was one. */
  closeChannel(channel: Address): Promise<boolean>;
  /** Closes all channels and stops listening. Safe to call twice; takes 1 s at most. */
  close(): Promise<void>;
}
