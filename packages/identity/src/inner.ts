// For those who prove identities. Whoever imports this is believed: an application has no use for it.
import { peerCredentialOwner, peerIdentityOwner } from "./facts.js";

/** Makes the fact that a message comes from this identity. Call it after the proof, and for nothing else. */
export const statePeerIdentity: typeof peerIdentityOwner.state = peerIdentityOwner.state;

/** Makes the fact that an authority says this about the sender of a message. Call it after the verification. */
export const statePeerCredential: typeof peerCredentialOwner.state = peerCredentialOwner.state;
