// For those who prove identities. Whoever imports this is believed: an application has no use for it.
import type { Fact } from "@x/core";
import { type PeerCredential, peerCredentialOwner, peerIdentityOwner } from "./facts.js";
import type { Identifier } from "./history/history.js";

/** What was proven of a peer. */
export interface ProvenPeer {
  /** Who it is. */
  readonly identifier: Identifier;
  /** What an authority says about it; absent when no credential holds. */
  readonly credential?: PeerCredential | undefined;
}

/**
 * Makes the facts that a message comes from this peer, which `peerIdentity` and `peerCredential` read. Call it after the proof, and for
 * nothing else. Its shape is that of what a secure channel knows of its peer.
 */
export function statePeer({ identifier, credential }: ProvenPeer): readonly Fact[] {
  const facts = [peerIdentityOwner.state(identifier)];
  return credential === undefined ? facts : [...facts, peerCredentialOwner.state(credential)];
}
