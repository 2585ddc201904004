import type { RequestOrder } from "../protocol/relay-message.js";
import { hashesAreEqual } from "./token.js";

/** A wish to hold a name. */
export interface NameClaim extends RequestOrder {
  /** The name. */
  readonly name: string;
  /** SHA-256 of the owner's token, 32 bytes. */
  readonly tokenHash: Uint8Array;
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
        if (!hashesAreEqual(held.tokenHash, claim.tokenHash)) return { result: "taken" };
        if (!isLater(claim, held)) return { result: "superseded", epoch: held.epoch };
      }
      claims.set(claim.name, claim);
      return { result: "granted" };
    },
    release(claim) {
      const held = claims.get(claim.name);
      if (held === undefined || !hashesAreEqual(held.tokenHash, claim.tokenHash)) return false;
      if (isLater(held, claim)) return false;
      return claims.delete(claim.name);
    },
  };
}

function isLater(one: RequestOrder, other: RequestOrder): boolean {
  return one.epoch === other.epoch ? one.sequence > other.sequence : one.epoch > other.epoch;
}
