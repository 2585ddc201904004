/** A value, or a promise of it where the platform is asynchronous. */
export type MaybePromise<Value> = Value | Promise<Value>;

/** How a channel is encrypted: the cipher of its Noise protocol. */
export type CipherName = "AESGCM" | "ChaChaPoly";

/** An X25519 key pair whose private half stays with the platform. */
export interface DhKeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /**
   * The raw result of X25519 with another's public key, 32 bytes. It may be all zero: whoever calls checks that.
   * Throws, or rejects, where the platform refuses the key by itself.
   */
  sharedSecret(publicKey: Uint8Array): MaybePromise<Uint8Array>;
}

/** One key of an authenticated cipher. */
export interface AeadKey {
  /**
   * Seals parts as one text.
   *
   * @param nonce 12 bytes, never the same twice
   * @param associated authenticated with it, and not sealed
   * @returns the ciphertext in parts, with the 16 bytes of the tag at the end
   */
  seal(
    nonce: Uint8Array,
    associated: Uint8Array,
    parts: readonly Uint8Array[],
  ): MaybePromise<readonly Uint8Array[]>;
  /** Opens what `seal` gives; nothing when its tag is wrong. */
  open(nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): MaybePromise<Uint8Array | undefined>;
}

/** The cryptography of a platform. Every implementation gives the same bytes. */
export interface ChannelCrypto {
  /** A new X25519 key pair. */
  generateKeyPair(): MaybePromise<DhKeyPair>;
  /** The key pair of a private key of 32 bytes. */
  importKeyPair(privateKey: Uint8Array): MaybePromise<DhKeyPair>;
  /** SHA-256. */
  sha256(bytes: Uint8Array): Uint8Array;
  /** HMAC-SHA-256. */
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** A key of 32 bytes, ready for use. */
  importAeadKey(cipher: CipherName, key: Uint8Array): AeadKey;
  /** Takes back memory that it made, and that nobody needs any more. */
  giveBack(bytes: Uint8Array): void;
}

/** Goes on with a value, at once where it is there already. */
export function whenReady<From, To>(value: MaybePromise<From>, next: (value: From) => To): MaybePromise<To> {
  return value instanceof Promise ? value.then(next) : next(value);
}
