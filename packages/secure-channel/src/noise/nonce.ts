import type { CipherName } from "../crypto/channel-crypto.js";

/**
 * A counter as the nonce of a cipher: 4 bytes of zero, then 8 bytes, little-endian for ChaChaPoly and big-endian for AESGCM.
 * See the Noise specification, revision 34, sections 12.3 and 12.4.
 *
 * @param counter 0 to 2^53 - 1
 */
export function noiseNonce(cipher: CipherName, counter: number): Uint8Array {
  const nonce = new Uint8Array(12);
  const view = new DataView(nonce.buffer);
  const low = counter >>> 0;
  const high = Math.floor(counter / 0x1_0000_0000);
  const isLittle = cipher === "ChaChaPoly";
  view.setUint32(4, isLittle ? low : high, isLittle);
  view.setUint32(8, isLittle ? high : low, isLittle);
  return nonce;
}
