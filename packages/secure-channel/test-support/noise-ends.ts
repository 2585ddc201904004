import type { ChannelCrypto } from "../src/crypto/channel-crypto.js";
import { Initiator, Responder } from "../src/noise/handshake.js";
import { fromHex } from "./bytes.js";
import { type XxVector, xxInputs } from "./noise-xx-vectors.js";

/** Both ends of a handshake with the keys of the Noise vectors. */
export async function noiseEnds(crypto: ChannelCrypto, cipher: XxVector["cipher"], prologue: Uint8Array) {
  const common = { crypto, cipher, prologue };
  const keys = async (hex: string) => await crypto.importKeyPair(fromHex(hex));
  const initiator = new Initiator({
    ...common,
    staticKeys: await keys(xxInputs.initiatorStatic),
    ephemeralKeys: await keys(xxInputs.initiatorEphemeral),
  });
  const responder = new Responder({
    ...common,
    staticKeys: await keys(xxInputs.responderStatic),
    ephemeralKeys: await keys(xxInputs.responderEphemeral),
  });
  return { initiator, responder };
}
