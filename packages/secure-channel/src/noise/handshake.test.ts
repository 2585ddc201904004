import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../test-support/bytes.js";
import { noiseEnds } from "../../test-support/noise-ends.js";
import { type XxVector, xxInputs, xxVectors } from "../../test-support/noise-xx-vectors.js";
import type { ChannelCrypto } from "../crypto/channel-crypto.js";
import { nodeCrypto } from "../crypto/node-crypto.js";
import { webCrypto } from "../crypto/web-crypto.js";
import { joinBytes } from "../wire/bytes.js";
import { noiseNonce } from "./nonce.js";

const forms: readonly (readonly [string, ChannelCrypto])[] = [
  ["Node", nodeCrypto],
  ["web", webCrypto],
];

const ends = (crypto: ChannelCrypto, cipher: XxVector["cipher"]) =>
  noiseEnds(crypto, cipher, fromHex(xxInputs.prologue));

const payloads = xxInputs.payloads.map(fromHex) as [Uint8Array, Uint8Array, Uint8Array, ...Uint8Array[]];

describe.each(forms)("Noise XX with the cryptography of %s", (_name, crypto) => {
  it.each(xxVectors)(
    "makes the bytes of the vectors: $cipher",
    async ({ cipher, handshakeHash, ciphertexts }) => {
      const { initiator, responder } = await ends(crypto, cipher);
      const message1 = await initiator.write1(payloads[0]);
      expect(toHex(message1)).toBe(ciphertexts[0]);
      expect(await responder.read1(message1)).toEqual(payloads[0]);
      const message2 = await responder.write2(payloads[1]);
      expect(toHex(message2)).toBe(ciphertexts[1]);
      expect(toHex((await initiator.read2(message2)).payload)).toBe(xxInputs.payloads[1]);
      const message3 = await initiator.write3(payloads[2]);
      expect(toHex(message3)).toBe(ciphertexts[2]);
      const read3 = await responder.read3(message3);
      expect(toHex(read3.payload)).toBe(xxInputs.payloads[2]);
      const staticKeys = await crypto.importKeyPair(fromHex(xxInputs.initiatorStatic));
      expect(toHex(read3.peerKey)).toBe(toHex(staticKeys.publicKey));
      expect(toHex(initiator.result().hash)).toBe(handshakeHash);
      const { hash, keys } = responder.result();
      expect(toHex(hash)).toBe(handshakeHash);
      // From here on initiator and responder take turns, the responder first.
      for (const [index, payload] of payloads.slice(3).entries()) {
        const key = crypto.importAeadKey(cipher, keys[index % 2 === 0 ? 1 : 0]);
        const nonce = noiseNonce(cipher, Math.floor(index / 2));
        const sealed = joinBytes(await key.seal(nonce, new Uint8Array(0), [payload]));
        expect(toHex(sealed)).toBe(ciphertexts[index + 3]);
      }
    },
  );

  it("reads no altered message, and goes on with the right one", async () => {
    const { initiator, responder } = await ends(crypto, "ChaChaPoly");
    await responder.read1(await initiator.write1(payloads[0]));
    const message2 = await responder.write2(payloads[1]);
    for (let at = 0; at < message2.length; at += 7) {
      await expect(initiator.read2(flipped(message2, at))).rejects.toMatchObject({
        code: "HANDSHAKE_FAILED",
      });
    }
    await initiator.read2(message2);
    const message3 = await initiator.write3(payloads[2]);
    for (let at = 0; at < message3.length; at += 7) {
      await expect(responder.read3(flipped(message3, at))).rejects.toMatchObject({
        code: "HANDSHAKE_FAILED",
      });
    }
    expect(toHex((await responder.read3(message3)).payload)).toBe(xxInputs.payloads[2]);
  });

  it.each(["00".repeat(32), `01${"00".repeat(31)}`, `ec${"ff".repeat(30)}ff`])(
    "refuses the ephemeral key %s of small order",
    async (key) => {
      const { responder } = await ends(crypto, "AESGCM");
      await responder.read1(fromHex(key));
      await expect(responder.write2(payloads[1])).rejects.toMatchObject({ code: "HANDSHAKE_FAILED" });
    },
  );
});

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const altered = new Uint8Array(bytes);
  altered[at] = (altered[at] ?? 0) ^ 1;
  return altered;
}
