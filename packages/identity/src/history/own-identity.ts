import { fromHex, toHex } from "../keys/hex.js";
import type { SigningKey, Vault } from "../keys/signing-key.js";
import {
  beginHistory,
  continueHistory,
  currentKey,
  type Identity,
  maxHistoryBytes,
  readIdentity,
} from "./history.js";

/** An identity that this program can speak for. */
export interface OwnIdentity extends Identity {
  /** The key that signs for it now. */
  readonly key: SigningKey;
}

/** Makes an identity with a new key of the vault. Its history is the caller's to keep. */
export async function createIdentity(vault: Vault): Promise<OwnIdentity> {
  const key = await vault.createKey();
  return { ...(await beginHistory(key)), key };
}

/**
 * An identity whose history was kept, to speak for it again.
 *
 * @throws CulvertError IDENTITY_INVALID, VAULT_KEY_NOT_FOUND when the vault has no key for it, and whatever the vault fails with
 */
export async function openIdentity(vault: Vault, history: Uint8Array): Promise<OwnIdentity> {
  const identity = await readIdentity(history);
  return { ...identity, key: await vault.key(currentKey(identity)) };
}

/**
 * Gives an identity a new key. The identifier stays; whatever the old key signed, credentials and attestations among them, ends for
 * everybody who sees the new history.
 * The old key stays in the vault: keep the new history first, and delete the old key then, so that a crash between loses nothing.
 *
 * @throws CulvertError IDENTITY_LIMIT_EXCEEDED, and whatever the vault fails with
 */
export async function rotateIdentity(vault: Vault, identity: OwnIdentity): Promise<OwnIdentity> {
  const key = await vault.createKey();
  try {
    return { ...(await continueHistory(identity, identity.key, key)), key };
  } catch (error) {
    await vault.deleteKey(key.publicKey);
    throw error;
  }
}

/** The public history as one line of hex digits. No secret is in it. */
export function exportIdentity(identity: Identity): string {
  return toHex(identity.history);
}

/**
 * Takes back what {@link exportIdentity} wrote.
 *
 * @throws CulvertError IDENTITY_INVALID
 */
export async function importIdentity(hex: string): Promise<Identity> {
  return readIdentity(fromHex("identity", hex.trim(), maxHistoryBytes));
}

/** An identity for people: its identifier, and the key of each change. */
export function describeIdentity(identity: Identity): string {
  return [
    `Identifier: ${identity.identifier}`,
    ...identity.publicKeys.flatMap((publicKey, index) => [
      `Change[${index}]:`,
      `  primary_public_key: Ed25519 ${toHex(publicKey)}`,
    ]),
  ].join("\n");
}
