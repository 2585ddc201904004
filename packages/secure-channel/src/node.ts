import type { Address, Route, WorkerHost } from "@x/core";
import { nodeCrypto } from "./crypto/node-crypto.js";
import { keepChannelWith, openChannelWith } from "./dialling/dialler.js";
import type { ChannelOptions, KeepChannelOptions, KeptChannel, SecureChannel } from "./dialling/options.js";
import { Listener } from "./listening/listener.js";
import type { ChannelListener, ChannelListenerOptions } from "./listening/options.js";

// The same as `index.ts` with the cryptography of Node.js. Its types are those of `index.ts`.
export { channelPeer, onlyIdentifiers } from "./peer.js";

export function openChannel(host: WorkerHost, route: Route, options: ChannelOptions): Promise<SecureChannel> {
  return openChannelWith(nodeCrypto, host, route, options);
}

export function keepChannel(host: WorkerHost, route: Route, options: KeepChannelOptions): KeptChannel {
  return keepChannelWith(nodeCrypto, host, route, options);
}

export function startChannelListener(
  host: WorkerHost,
  address: Address,
  options: ChannelListenerOptions,
): ChannelListener {
  return new Listener(host, address, options, nodeCrypto);
}
