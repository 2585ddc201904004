import type { Ed25519, SigningKey } from "./keys/signing-key.js";

const name = "Ed25519";

/**
 * Ed25519 with WebCrypto: Chrome 137, Firefox 129, Safari 17, Deno, Bun and later ones.
 * Copies are what WebCrypto asks for, and keep a caller from changing bytes that are being looked at.
 */
export const ed25519: Ed25519 = {
  generate: async () => {
    const pair = (await crypto.subtle.generateKey(name, false, ["sign", "verify"])) as CryptoKeyPair;
    const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    return {
      publicKey,
      sign: async (message) =>
        new Uint8Array(await crypto.subtle.sign(name, pair.privateKey, new Uint8Array(message))),
    } satisfies SigningKey;
  },
  verify: async (publicKey, message, signature) => {
    const [raw, what, by] = [publicKey, message, signature].map((bytes) => new Uint8Array(bytes));
    if (raw === undefined || what === undefined || by === undefined) return false;
    try {
      const key = await crypto.subtle.importKey("raw", raw, name, false, ["verify"]);
      return await crypto.subtle.verify(name, key, by, what);
    } catch (error) {
      // A platform without Ed25519 must not look like a forger.
      if ((error as Error).name === "NotSupportedError") throw error;
      return false;
    }
  },
};
