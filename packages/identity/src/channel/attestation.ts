import { checkMs } from "@x/core";
import { currentKey, type Identity, identifierBytes, identityInvalid } from "../history/history.js";
import type { OwnIdentity } from "../history/own-identity.js";
import { domain, joinBytes, timeBytes } from "../keys/bytes.js";
import { fromHex } from "../keys/hex.js";
import { signatureBytes } from "../keys/signing-key.js";
import { isSoundX25519Key } from "../keys/sound-key.js";
import { verifySignature } from "../keys/verify-signature.js";
import { defaultAttestationMs, maxAttestationMs } from "../limits.js";
import { checkValidity, readValidity, type Validity, writeValidity } from "../validity.js";

const attestationDomain = domain("identity/purpose-key/1");

/** Length of an attestation, in bytes: two times and a signature. */
export const attestationBytes: number = 2 * timeBytes + signatureBytes;

/** What is signed: whose key it is, from when until when, and the key. */
function attestedBytes(identity: Identity, validity: Uint8Array, purposeKey: Uint8Array): Uint8Array {
  const identifier = fromHex("identifier", identity.identifier.slice(1), identifierBytes);
  return joinBytes(attestationDomain, identifier, validity, purposeKey);
}

/** How to attest a key. */
export interface AttestationOptions {
  /** How long it is good, in milliseconds, 30 days at most. Default a day. */
  readonly lifetimeMs?: number;
  /** What time it is, in milliseconds since 1970. Default the clock's. */
  readonly nowMs?: number;
}

/**
 * Says in the name of an identity that an X25519 key is its own. See PROTOCOL.md, "Identities".
 *
 * @throws CulvertError IDENTITY_INVALID for a key that no peer would take, OPTION_INVALID
 */
export async function attestPurposeKey(
  identity: OwnIdentity,
  purposeKey: Uint8Array,
  options: AttestationOptions = {},
): Promise<Uint8Array> {
  const { nowMs = Date.now() } = options;
  const lifetimeMs = checkMs("lifetimeMs", options.lifetimeMs ?? defaultAttestationMs, {
    max: maxAttestationMs,
  });
  if (!isSoundX25519Key(purposeKey)) throw identityInvalid("purpose key", "it is no sound X25519 key");
  const validity = writeValidity({ notBeforeMs: nowMs, expiresAtMs: nowMs + lifetimeMs });
  const signature = await identity.key.sign(attestedBytes(identity, validity, purposeKey));
  return joinBytes(validity, signature);
}

/**
 * Verifies that an identity's current key attested an X25519 key, and that this holds now.
 *
 * @param nowMs default: the clock's time
 * @throws CulvertError IDENTITY_INVALID
 */
export async function verifyPurposeKey(
  identity: Identity,
  attestation: Uint8Array,
  purposeKey: Uint8Array,
  nowMs: number = Date.now(),
): Promise<Validity> {
  const what = `key of ${identity.identifier}`;
  if (attestation.length !== attestationBytes)
    throw identityInvalid(what, "its attestation has another length");
  if (!isSoundX25519Key(purposeKey)) throw identityInvalid(what, "it is no sound X25519 key");
  const validity = joinBytes(attestation.subarray(0, 2 * timeBytes));
  const signed = attestedBytes(identity, validity, purposeKey);
  const signature = attestation.slice(2 * timeBytes);
  if (!(await verifySignature(currentKey(identity), signed, signature))) {
    throw identityInvalid(what, "its attestation is not signed by the identity's current key");
  }
  const { notBeforeMs, expiresAtMs } = readValidity(validity, 0, maxAttestationMs);
  const problem = checkValidity({ notBeforeMs, expiresAtMs }, nowMs);
  if (problem !== undefined) throw identityInvalid(what, `its attestation ${problem}`);
  return { notBeforeMs, expiresAtMs };
}
