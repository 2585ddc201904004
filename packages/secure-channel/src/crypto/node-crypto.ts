import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyPairKeyObjectResult,
} from "node:crypto";
import { tagBytes } from "../limits.js";
import { joinBytes } from "../wire/bytes.js";
import type { AeadKey, ChannelCrypto, CipherName, DhKeyPair } from "./channel-crypto.js";
import { giveBack } from "./give-back.js";

/** What stands before the 32 bytes of an X25519 private key in PKCS #8. See RFC 8410, section 7. */
const pkcs8Prefix = Buffer.from("302e020100300506032b656e04220420", "hex");

/** The cryptography of Node.js: everything is there at once. */
export const nodeCrypto: ChannelCrypto = {
  generateKeyPair: () => keyPair(generateKeyPairSync("x25519")),
  importKeyPair: (bytes) => {
    const key = Buffer.concat([pkcs8Prefix, bytes]);
    const privateKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
    return keyPair({ privateKey, publicKey: createPublicKey(privateKey) });
  },
  sha256: (bytes) => createHash("sha256").update(bytes).digest(),
  hmacSha256: (key, bytes) => createHmac("sha256", key).update(bytes).digest(),
  importAeadKey: (cipher, key) => new NodeAeadKey(cipher, key),
  giveBack,
};

// Keys go in and out as JWK: OpenSSL takes eight times as long to decode DER.
function keyPair({ privateKey, publicKey }: KeyPairKeyObjectResult): DhKeyPair {
  return {
    publicKey: new Uint8Array(Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url")),
    sharedSecret: (peer) => {
      const x = Buffer.from(peer).toString("base64url");
      const key = { kty: "OKP", crv: "X25519", x };
      return diffieHellman({ privateKey, publicKey: createPublicKey({ key, format: "jwk" }) });
    },
  };
}

const options = { authTagLength: tagBytes };

/** Up to which size joining parts costs less than another call of the cipher, in bytes. Measured: some 4 KiB. */
const maxJoinedBytes = 4_096;

function joinSmall(parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const joined: Uint8Array[] = [];
  let run: Uint8Array[] = [];
  let bytes = 0;
  for (const part of parts) {
    if (bytes + part.length > maxJoinedBytes && run.length > 0) {
      joined.push(joinBytes(run));
      run = [];
      bytes = 0;
    }
    run.push(part);
    bytes += part.length;
  }
  joined.push(joinBytes(run));
  return joined;
}

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
    for (const part of joinSmall(parts)) if (part.length > 0) sealed.push(cipher.update(part));
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
