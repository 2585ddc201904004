import type { Address, Route, WorkerHost } from "@x/core";
import { webCrypto } from "./crypto/web-crypto.js";
import { keepChannelWith, openChannelWith } from "./dialling/dialler.js";
import type { ChannelOptions, KeepChannelOptions, KeptChannel, SecureChannel } from "./dialling/options.js";
import { Listener } from "./listening/listener.js";
import type { ChannelListener, ChannelListenerOptions } from "./listening/options.js";

export type { CipherName, MaybePromise } from "./crypto/channel-crypto.js";
export type { ChannelOptions, KeepChannelOptions, KeptChannel, SecureChannel } from "./dialling/options.js";
export type { ChannelLimits, ListenerLimits } from "./limits.js";
export type { ChannelListener, ChannelListenerOptions } from "./listening/options.js";
export {
  type Authorize,
  type ChannelIdentity,
  type ChannelPeer,
  type ChannelTrust,
  type CredentialChecker,
  type CredentialHolder,
  channelPeer,
  type IdentityChecker,
  onlyIdentifiers,
  type PeerCredential,
  type ProvenPeer,
} from "./peer.js";
export type { ChannelReport, ChannelReporter } from "./reports.js";
export type { ChannelRefusal } from "./wire/control.js";

/**
 * Opens a channel to the listener at the end of a route, and keeps it: keys are renewed, and the channel stays when its path
 * changes or the listener's node starts again.
 *
 * @param host the operator's host of a node where the route begins with a transport hop; any other host will do where it does not
 * @throws CulvertError CHANNEL_REFUSED and what else the listener or `authorize` refuses with, IDENTITY_INVALID, TIMED_OUT, ABORTED, the
 * code of a refusal on the way, ROUTE_INVALID, OPTION_INVALID, and what `startWorker` throws
 */
export function openChannel(host: WorkerHost, route: Route, options: ChannelOptions): Promise<SecureChannel> {
  return openChannelWith(webCrypto, host, route, options);
}

/**
 * Keeps a channel to the listener at the end of a route: its address is there at once, it is opened as soon as that can be done, and
 * opened again whenever it ended. Until then it is down, and what is sent to it is refused with the reason.
 * It is bound to the identity that it met first: a listener with another one is IDENTITY_CHANGED.
 *
 * @param host as for {@link openChannel}
 * @throws CulvertError ROUTE_INVALID, ADDRESS_INVALID, ADDRESS_TAKEN, OPTION_INVALID, and what `startWorker` throws
 */
export function keepChannel(host: WorkerHost, route: Route, options: KeepChannelOptions): KeptChannel {
  return keepChannelWith(webCrypto, host, route, options);
}

/**
 * Lets others open channels to an address of this node.
 *
 * @param host a node as a host, never its operator's: what it sends goes back to whoever opened a channel
 * @throws CulvertError ADDRESS_INVALID, ADDRESS_TAKEN, OPTION_INVALID, NODE_CLOSED
 */
export function startChannelListener(
  host: WorkerHost,
  address: Address,
  options: ChannelListenerOptions,
): ChannelListener {
  return new Listener(host, address, options, webCrypto);
}
