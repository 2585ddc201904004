import { CulvertError } from "@x/core";
import { domain, joinBytes, sha256 } from "../keys/bytes.js";
import { toHex } from "../keys/hex.js";
import { publicKeyBytes, type SigningKey, signatureBytes } from "../keys/signing-key.js";
import { verifySignature } from "../keys/verify-signature.js";
import { maxChanges } from "../limits.js";

/**
 * Who an identity is, for good: `I` and 64 lowercase hex digits, the SHA-256 of its first change.
 * See PROTOCOL.md, "Identities".
 */
export type Identifier = string;

/** Length of an identifier on the wire, in bytes. */
export const identifierBytes = 32;

/** Version of histories and of what carries them: their first byte. */
const version = 1;

const firstChangeBytes = publicKeyBytes + signatureBytes;
const nextChangeBytes = publicKeyBytes + 2 * signatureBytes;

/** Longest history, in bytes. */
export const maxHistoryBytes: number = 1 + firstChangeBytes + (maxChanges - 1) * nextChangeBytes;

const changeDomain = domain("identity/change/1");
const noChange = new Uint8Array(identifierBytes);

/** What everybody may know of an identity, and can verify. */
export interface Identity {
  /** Who it is. */
  readonly identifier: Identifier;
  /** The public keys it has had, Ed25519, 32 bytes each. Only the last one counts. */
  readonly publicKeys: readonly Uint8Array[];
  /** Its signed history, as it travels. */
  readonly history: Uint8Array;
}

/** Says whether text has the shape of an identifier. */
export function isIdentifier(text: unknown): text is Identifier {
  return typeof text === "string" && /^I[0-9a-f]{64}$/.test(text);
}

/** The key that signs for an identity now. */
export function currentKey(identity: Identity): Uint8Array {
  return identity.publicKeys.at(-1) as Uint8Array;
}

/** The error for a history, a proof or an attestation that does not hold. */
export function identityInvalid(what: string, why: string): CulvertError {
  return new CulvertError("IDENTITY_INVALID", `Cannot accept ${what}: ${why}`);
}

/** What both keys of a change sign, and what its hash is made of. */
function changeBytes(before: Uint8Array, publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinBytes(changeDomain, before, publicKey);
}

/** Who a history is of, if it holds: for a look at whether it is known. */
export async function claimedIdentifier(history: Uint8Array): Promise<Identifier> {
  const firstKey = history.subarray(1, 1 + publicKeyBytes);
  return `I${toHex(await sha256(changeBytes(noChange, firstKey)))}`;
}

/** How many changes a history of this length has; nothing when no history is that long. */
function countChanges(length: number): number | undefined {
  const count = 1 + (length - 1 - firstChangeBytes) / nextChangeBytes;
  return Number.isInteger(count) && count >= 1 && count <= maxChanges ? count : undefined;
}

/**
 * Verifies a history, as a peer sends it.
 *
 * @throws CulvertError IDENTITY_INVALID when it breaks any rule of PROTOCOL.md, "Identities"
 */
export async function readIdentity(bytes: Uint8Array): Promise<Identity> {
  // A copy, so that nobody changes it while signatures are being verified.
  const history = joinBytes(bytes.subarray(0, maxHistoryBytes + 1));
  const count = countChanges(history.length);
  if (count === undefined) throw identityInvalid("identity", "its history has no length of a history");
  if (history[0] !== version) throw identityInvalid("identity", `its history has version ${history[0]}`);
  const publicKeys: Uint8Array[] = [];
  let before: Uint8Array = noChange;
  let identifier = "";
  let offset = 1;
  const take = (length: number): Uint8Array => {
    offset += length;
    return history.subarray(offset - length, offset);
  };
  for (let index = 0; index < count; index++) {
    const publicKey = take(publicKeyBytes);
    const change = changeBytes(before, publicKey);
    // The new key first, then the one before it.
    for (const signer of [publicKey, ...publicKeys.slice(-1)]) {
      if (await verifySignature(signer, change, take(signatureBytes))) continue;
      throw identityInvalid("identity", `change ${index} of its history is not signed as it has to be`);
    }
    if (publicKeys.some((earlier) => toHex(earlier) === toHex(publicKey))) {
      throw identityInvalid("identity", `change ${index} of its history brings back an earlier key`);
    }
    publicKeys.push(publicKey);
    before = await sha256(change);
    identifier ||= `I${toHex(before)}`;
  }
  return { identifier, publicKeys, history };
}

/** Makes the history of a new identity with this key. */
export async function beginHistory(key: SigningKey): Promise<Identity> {
  const signature = await key.sign(changeBytes(noChange, key.publicKey));
  return readIdentity(joinBytes(Uint8Array.of(version), key.publicKey, signature));
}

/**
 * Makes the history in which an identity goes on with another key.
 *
 * @throws CulvertError IDENTITY_LIMIT_EXCEEDED after {@link maxChanges} changes
 */
export async function continueHistory(
  identity: Identity,
  current: SigningKey,
  next: SigningKey,
): Promise<Identity> {
  if (identity.publicKeys.length >= maxChanges) {
    throw new CulvertError(
      "IDENTITY_LIMIT_EXCEEDED",
      `Cannot rotate ${identity.identifier}: limit is ${maxChanges} changes`,
    );
  }
  let before: Uint8Array = noChange;
  for (const publicKey of identity.publicKeys) before = await sha256(changeBytes(before, publicKey));
  const change = changeBytes(before, next.publicKey);
  const signatures = [await next.sign(change), await current.sign(change)];
  return readIdentity(joinBytes(identity.history, next.publicKey, ...signatures));
}
