import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { tagBytes } from "../limits.js";
import type { AeadKey, ChannelCrypto, CipherName, DhKeyPair } from "./channel-crypto.js";
import { x25519Pkcs8Prefix, x25519SpkiPrefix } from "./key-forms.js";

/** The cryptography of Node.js: everything is there at once. */
export const nodeCrypto: ChannelCrypto = {
  generateKeyPair: () => keyPair(generateKeyPairSync("x25519").privateKey),
  importKeyPair: (privateKey) => {
    const key = Buffer.concat([x25519Pkcs8Prefix, privateKey]);
    return keyPair(createPrivateKey({ key, format: "der", type: "pkcs8" }));
  },
  sha256: (bytes) => createHash("sha256").update(bytes).digest(),
  hmacSha256: (key, bytes) => createHmac("sha256", key).update(bytes).digest(),
  importAeadKey: (cipher, key) => new NodeAeadKey(cipher, key),
};

function keyPair(privateKey: KeyObject): DhKeyPair {
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return {
    publicKey: new Uint8Array(spki.subarray(x25519SpkiPrefix.length)),
    sharedSecret: (peer) => {
      const key = Buffer.concat([x25519SpkiPrefix, peer]);
      return diffieHellman({
        privateKey,
        publicKey: createPublicKey({ key, format: "der", type: "spki" }),
      });
    },
  };
}

const options = { authTagLength: tagBytes };

class NodeAeadKey implements AeadKey {
  readonly #algorithm: "aes-256-gcm";
  readonly #key: Uint8Array;

  constructor(cipher: CipherName, key: Uint8Array) {
    // Both take the same calls; the types of Node know them by different names.
    this.#algorithm = (cipher === "AESGCM" ? "aes-256-gcm" : "chacha20-poly1305") as "aes-256-gcm";
    this.#key = key;
  }

  seal(nonce: Uint8Array, associated: Uint8Array, parts: readonly Uint8Array[]): readonly Uint8Array[] {
    const cipher = createCipheriv(this.#algorithm, this.#key, nonce, options);
    cipher.setAAD(associated);
    const sealed: Uint8Array[] = [];
    for (const part of parts) if (part.length > 0) sealed.push(cipher.update(part));
    // Both are stream ciphers: nothing is left for `final`.
    cipher.final();
    sealed.push(cipher.getAuthTag());
    return sealed;
  }

  open(nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const end = sealed.length - tagBytes;
    if (end < 0) return undefined;
    const decipher = createDecipheriv(this.#algorithm, this.#key, nonce, options);
    decipher.setAAD(associated);
    decipher.setAuthTag(sealed.subarray(end));
    const opened = decipher.update(sealed.subarray(0, end));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return opened;
  }
}
