import type { Address, CulvertError } from "@x/core";
import type { CipherName, MaybePromise } from "../crypto/channel-crypto.js";
import type { ChannelLimits } from "../limits.js";
import type { ChannelPeer, ChannelTrust } from "../peer.js";
import type { ChannelReporter } from "../reports.js";
import type { ChannelRefusal } from "../wire/control.js";

/** How to open a channel. */
export interface ChannelOptions extends ChannelTrust {
  /**
   * Says why an identity cannot be the listener's, before anything of one's own is told: for identities that are known beforehand.
   * Default: `authorize` alone decides, at the end.
   */
  readonly checkIdentifier?: (identifier: string) => MaybePromise<ChannelRefusal | undefined>;
  /** Default `AESGCM`, which processors know. */
  readonly cipher?: CipherName;
  /**
   * Lets what comes out use workers of exposure `network` although it came by a connection that this node dialled.
   * Default false: a node that dials does not thereby open itself.
   */
  readonly admit?: boolean;
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<ChannelLimits>;
  /** Told what belongs in a log. */
  readonly onReport?: ChannelReporter;
  /** Gives up the opening. */
  readonly signal?: AbortSignal;
}

/** How to keep a channel. */
export interface KeepChannelOptions extends Omit<ChannelOptions, "signal"> {
  /** The address that the channel had in an earlier life of its node. Default: a generated one. */
  readonly address?: Address;
}

/** A channel that is kept, at the end that opens it. */
export interface KeptChannel extends AsyncDisposable {
  /** What is sent to `[address, ...rest]` comes out at the other end's node, with the onward route `rest`. */
  readonly address: Address;
  /** Whoever is, or was last, at the other end; absent until it is open for the first time. It stays the same identity. */
  readonly peer: ChannelPeer | undefined;
  /** `down` while it is not open, the hop beneath is down, or the other end is silent; `closed` for good. */
  readonly state: "up" | "down" | "closed";
  /** Why the last handshake failed, or why it was closed; absent when neither happened. */
  readonly lastFailure: CulvertError | undefined;
  /**
   * Agrees on new keys now; the old ones stay in use until then. It does so by itself in time.
   *
   * @throws CulvertError as opening it
   */
  renew(): Promise<void>;
  /** Closes it at both ends. Safe to call twice; takes 1 s at most. */
  close(): Promise<void>;
}

/** A channel, at the end that opened it. */
export interface SecureChannel extends KeptChannel {
  /** Whoever is at the other end. */
  readonly peer: ChannelPeer;
}
