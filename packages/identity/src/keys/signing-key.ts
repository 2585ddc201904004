/** Length of an Ed25519 or X25519 public key, in bytes. */
export const publicKeyBytes = 32;

/** Length of an Ed25519 signature, in bytes. */
export const signatureBytes = 64;

/** An Ed25519 key that can sign. Where its secret lies, and that nobody sees it, is the matter of whoever made it. */
export interface SigningKey {
  /** The public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Signs as in RFC 8032, section 5.1.6. 64 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/**
 * Keeps signing keys, and gives none of their secrets away.
 * `@x/identity/node` has one of files; {@link memoryVault} forgets them with the process.
 */
export interface Vault {
  /** Makes a key, and keeps it. */
  createKey(): Promise<SigningKey>;
  /**
   * The key of this public key.
   *
   * @throws CulvertError VAULT_KEY_NOT_FOUND
   */
  key(publicKey: Uint8Array): Promise<SigningKey>;
  /** The public keys of all keys. */
  publicKeys(): Promise<readonly Uint8Array[]>;
  /** Forgets a key for good. Nothing happens when it is not there. */
  deleteKey(publicKey: Uint8Array): Promise<void>;
}

/** What identities need of a platform. */
export interface Ed25519 {
  /** Makes a key whose secret only signs: it cannot be exported. */
  generate(): Promise<SigningKey>;
  /**
   * Verifies a signature as in RFC 8032, section 5.1.7, without the check of the public key that {@link isSoundEd25519Key} makes.
   * Anything that is no signature of this key is false, not an error.
   */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}
