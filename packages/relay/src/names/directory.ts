import type { RequestOrder } from "../protocol/relay-message.js";
import { hashesAreEqual } from "./token.js";

/** A wish to hold a name. */
export interface NameClaim extends RequestOrder {
  /** The name. */
  readonly name: string;
  /** SHA-256 of the owner's token, 32 bytes. */
  readonly tokenHash: Uint8Array;
  /** Who wishes it, such as the identity that the sender proved: the name is then held by that, and the token only tells its nodes apart. */
  readonly owner?: string | undefined;
}

/** Says whether two claims are of one owner. What somebody with an identity holds is never granted for a token alone, nor the other way. */
export function isSameOwner(one: NameClaim, other: NameClaim): boolean {
  if (one.owner !== undefined || other.owner !== undefined) return one.owner === other.owner;
  return hashesAreEqual(one.tokenHash, other.tokenHash);
}

/**
 * What a directory answers to a claim.
 * `taken`: somebody else holds the name. `superseded`: the same owner has claimed it later; `epoch` is that claim's.
 */
export type ClaimResult =
  | { readonly result: "granted" }
  | { readonly result: "taken" }
  | { readonly result: "superseded"; readonly epoch: number };

/**
 * Who holds which name. The default lives in memory; a fleet of relays shares one.
 * Each call is atomic: of two claims at once, one wins. A call that fails or hangs stops registering, not forwarding.
 */
export interface RelayDirectory {
  /** Takes a free name, or renews one for its owner if the claim is later than the one in force. */
  claim(claim: NameClaim, leaseMs: number): ClaimResult | Promise<ClaimResult>;
  /** Frees a name if the same owner holds it and has made no later claim, and says whether it did. */
  release(claim: NameClaim): boolean | Promise<boolean>;
}

/**
 * A directory in this process's memory, for one relay service.
 * It leaves the end of leases to the service, which releases each name whose lease has ended.
 */
export function memoryDirectory(): RelayDirectory {
  const claims = new Map<string, NameClaim>();
  return {
    claim(claim) {
      const held = claims.get(claim.name);
      if (held !== undefined) {
        if (!isSameOwner(held, claim)) return { result: "taken" };
        if (!isLater(claim, held)) return { result: "superseded", epoch: held.epoch };
      }
      claims.set(claim.name, claim);
      return { result: "granted" };
    },
    release(claim) {
      const held = claims.get(claim.name);
      if (held === undefined || !isSameOwner(held, claim)) return false;
      if (isLater(held, claim)) return false;
      return claims.delete(claim.name);
    },
  };
}

function isLater(one: RequestOrder, other: RequestOrder): boolean {
  return one.epoch === other.epoch ? one.sequence > other.sequence : one.epoch > other.epoch;
}
