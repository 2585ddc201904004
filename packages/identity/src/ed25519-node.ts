import { createPublicKey, generateKeyPair, type KeyObject, sign, verify } from "node:crypto";
import { promisify } from "node:util";
import type { Ed25519, SigningKey } from "./keys/signing-key.js";

/** What comes in front of the 32 bytes of a public key in its DER form. RFC 8410, section 4. */
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");

/** A key of which Node holds the secret. */
export class NodeSigningKey implements SigningKey {
  readonly publicKey: Uint8Array;
  readonly #secret: KeyObject;

  constructor(secret: KeyObject) {
    const der = createPublicKey(secret).export({ format: "der", type: "spki" });
    this.publicKey = new Uint8Array(der.subarray(spkiPrefix.length));
    this.#secret = secret;
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    return new Uint8Array(sign(null, message, this.#secret));
  }
}

/** Ed25519 with `node:crypto`. WebCrypto would print a warning in Node.js below 20.20 and 22.13, where its Ed25519 is experimental. */
export const ed25519: Ed25519 = {
  generate: async () => new NodeSigningKey((await promisify(generateKeyPair)("ed25519")).privateKey),
  verify: async (publicKey, message, signature) => {
    try {
      const key = createPublicKey({
        key: Buffer.concat([spkiPrefix, publicKey]),
        format: "der",
        type: "spki",
      });
      return verify(null, message, key, signature);
    } catch {
      return false;
    }
  },
};
