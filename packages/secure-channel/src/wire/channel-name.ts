import type { ChannelCrypto } from "../crypto/channel-crypto.js";
import { ascii } from "./bytes.js";

/** The name by which a channel is renewed, in bytes. */
export const channelNameBytes = 16;

/** Stands for no channel: a handshake that opens a new one. */
export const noChannel: Uint8Array = new Uint8Array(channelNameBytes);

/** The name of the channel that a handshake opened. Both ends know it, and it never travels unsealed. */
export function channelNameOf(crypto: ChannelCrypto, secret: Uint8Array): Uint8Array {
  return crypto.hmacSha256(secret, ascii("culvert channel name")).subarray(0, channelNameBytes);
}
