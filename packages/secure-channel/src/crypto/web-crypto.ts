import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { copyBytes, joinBytes } from "../wire/bytes.js";
import type { AeadKey, ChannelCrypto, DhKeyPair } from "./channel-crypto.js";

/**
 * The cryptography of browsers: AES-GCM of WebCrypto, and @noble for what not every browser has: X25519 and ChaCha20-Poly1305.
 * The hashes are @noble's too: what is hashed here is so short that a promise would cost more.
 */
export const webCrypto: ChannelCrypto = {
  generateKeyPair: () => keyPair(x25519.utils.randomSecretKey()),
  importKeyPair: (privateKey) => keyPair(copyBytes(privateKey)),
  sha256: (bytes) => sha256(bytes),
  hmacSha256: (key, bytes) => hmac(sha256, key, bytes),
  // The collector finds it.
  giveBack: () => undefined,
  importAeadKey: (cipher, key) => {
    if (cipher === "ChaChaPoly") return chachaKey(key);
    // Pages that were not loaded over TLS have no `subtle`.
    return globalThis.crypto.subtle === undefined ? gcmKey(key) : new WebGcmKey(key);
  },
};

function keyPair(privateKey: Uint8Array): DhKeyPair {
  return {
    publicKey: x25519.getPublicKey(privateKey),
    sharedSecret: (peer) => x25519.getSharedSecret(privateKey, peer),
  };
}

const chachaKey = (key: Uint8Array): AeadKey =>
  nobleKey((nonce, associated) => chacha20poly1305(key, nonce, associated));
const gcmKey = (key: Uint8Array): AeadKey => nobleKey((nonce, associated) => gcm(key, nonce, associated));

interface NobleCipher {
  encrypt(plain: Uint8Array): Uint8Array;
  decrypt(sealed: Uint8Array): Uint8Array;
}

function nobleKey(cipher: (nonce: Uint8Array, associated: Uint8Array) => NobleCipher): AeadKey {
  return {
    seal: (nonce, associated, parts) => [cipher(nonce, associated).encrypt(joinBytes(parts))],
    open: (nonce, associated, sealed) => {
      try {
        return cipher(nonce, associated).decrypt(sealed);
      } catch {
        return undefined;
      }
    },
  };
}

class WebGcmKey implements AeadKey {
  readonly #key: Promise<CryptoKey>;

  constructor(key: Uint8Array) {
    const { subtle } = globalThis.crypto;
    this.#key = subtle.importKey("raw", key as BufferSource, "AES-GCM", false, ["encrypt", "decrypt"]);
    // Whoever uses it hears of a failure.
    this.#key.catch(() => undefined);
  }

  async seal(
    nonce: Uint8Array,
    associated: Uint8Array,
    parts: readonly Uint8Array[],
  ): Promise<readonly Uint8Array[]> {
    const plain = joinBytes(parts) as BufferSource;
    const sealed = await globalThis.crypto.subtle.encrypt(
      parameters(nonce, associated),
      await this.#key,
      plain,
    );
    return [new Uint8Array(sealed)];
  }

  async open(nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Promise<Uint8Array | undefined> {
    const key = await this.#key;
    try {
      const { subtle } = globalThis.crypto;
      return new Uint8Array(await subtle.decrypt(parameters(nonce, associated), key, sealed as BufferSource));
    } catch {
      return undefined;
    }
  }
}

function parameters(nonce: Uint8Array, associated: Uint8Array): AesGcmParams {
  return {
    name: "AES-GCM",
    iv: nonce as BufferSource,
    additionalData: associated as BufferSource,
    tagLength: 128,
  };
}
