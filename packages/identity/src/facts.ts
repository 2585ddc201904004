import { defineFact, type FactKey, type FactOwner } from "@x/core";
import type { Attributes } from "./credential/attributes.js";
import type { Identifier } from "./history/history.js";

/** What an authority says about a peer, and until when. */
export interface PeerCredential {
  /** What it says. */
  readonly attributes: Attributes;
  /** The moment, in milliseconds since 1970, from which on it counts no more. */
  readonly expiresAtMs: number;
}

/** The owner of `peerIdentity`: for whoever proves identities, such as secure channels, and nobody else. */
export const peerIdentityOwner: FactOwner<Identifier> = defineFact("peer identity");

/** The owner of `peerCredential`: for whoever verifies credentials, such as secure channels, and nobody else. */
export const peerCredentialOwner: FactOwner<PeerCredential> = defineFact("peer credential");

/** Reads who sent a message: `message.origin.fact(peerIdentity)`. Nothing: a stranger. */
export const peerIdentity: FactKey<Identifier> = peerIdentityOwner.key;

/** Reads what an authority says about the sender of a message. Nothing: no credential, which is not the same as no attributes. */
export const peerCredential: FactKey<PeerCredential> = peerCredentialOwner.key;
