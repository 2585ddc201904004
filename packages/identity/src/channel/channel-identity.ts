import { type Identifier, identityInvalid } from "../history/history.js";
import { KnownIdentities } from "../history/known-identities.js";
import type { OwnIdentity } from "../history/own-identity.js";
import { joinBytes } from "../keys/bytes.js";
import { maxProofBytes } from "../limits.js";
import {
  type AttestationOptions,
  attestationBytes,
  attestPurposeKey,
  verifyPurposeKey,
} from "./attestation.js";

/** How an end of a secure channel says who it is. */
export interface ChannelIdentity {
  /** Who it is. */
  readonly identifier: Identifier;
  /**
   * Proves that an X25519 public key is this identity's: its history, and an attestation. {@link maxProofBytes} at most.
   *
   * @throws CulvertError IDENTITY_INVALID for a key that is not sound
   */
  proof(purposeKey: Uint8Array): Promise<Uint8Array>;
}

/** How an end of a secure channel finds out who the other end is. */
export interface IdentityChecker {
  /**
   * Verifies a peer's proof for the X25519 public key that it has shown it holds.
   *
   * @throws CulvertError IDENTITY_INVALID
   */
  check(proof: Uint8Array, purposeKey: Uint8Array): Promise<{ readonly identifier: Identifier }>;
}

/** Proofs of an identity, each made for its use and good for a day unless `lifetimeMs` says otherwise. */
export function channelIdentity(
  identity: OwnIdentity,
  options: Pick<AttestationOptions, "lifetimeMs"> = {},
): ChannelIdentity {
  return {
    identifier: identity.identifier,
    proof: async (purposeKey) =>
      joinBytes(identity.history, await attestPurposeKey(identity, purposeKey, options)),
  };
}

/**
 * Verifies proofs, and refuses histories older than those it has seen.
 *
 * @param known what has been seen. Default: a memory of its own; give the same one to all checkers of a node
 */
export function identityChecker(known: KnownIdentities = new KnownIdentities()): IdentityChecker {
  return {
    check: async (proof, purposeKey) => {
      if (proof.length > maxProofBytes || proof.length < attestationBytes) {
        throw identityInvalid("identity", `its proof has ${proof.length} bytes: limit is ${maxProofBytes}`);
      }
      // One copy, so that nobody changes it between two checks.
      const [own, key] = [joinBytes(proof), joinBytes(purposeKey)];
      const identity = await known.read(own.subarray(0, -attestationBytes));
      await verifyPurposeKey(identity, own.subarray(-attestationBytes), key);
      known.see(identity);
      return { identifier: identity.identifier };
    },
  };
}
