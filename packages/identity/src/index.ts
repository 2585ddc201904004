// For those who use identities.

// For those who write secure channels, vaults and authorities.
export { type AttestationOptions, attestPurposeKey, verifyPurposeKey } from "./channel/attestation.js";
export {
  type CredentialChecker,
  type CredentialCheckerOptions,
  type CredentialHolder,
  CredentialStore,
  credentialChecker,
} from "./channel/channel-credentials.js";
export {
  type ChannelIdentity,
  channelIdentity,
  type IdentityChecker,
  identityChecker,
} from "./channel/channel-identity.js";
export type { Attributes } from "./credential/attributes.js";
export {
  type Credential,
  exportCredential,
  type IssueOptions,
  importCredential,
  issueCredential,
  maxCredentialBytes,
  type VerifyOptions,
  verifyCredential,
} from "./credential/credential.js";
export { type PeerCredential, peerCredential, peerIdentity } from "./facts.js";
export { type Identifier, type Identity, isIdentifier, readIdentity } from "./history/history.js";
export { KnownIdentities, type KnownIdentitiesOptions } from "./history/known-identities.js";
export {
  createIdentity,
  describeIdentity,
  exportIdentity,
  importIdentity,
  type OwnIdentity,
  openIdentity,
  rotateIdentity,
} from "./history/own-identity.js";
export { memoryVault } from "./keys/memory-vault.js";
export type { SigningKey, Vault } from "./keys/signing-key.js";
export { isSoundEd25519Key, isSoundX25519Key } from "./keys/sound-key.js";
export { verifySignature } from "./keys/verify-signature.js";
export {
  maxAttributes,
  maxAttributeValueBytes,
  maxChanges,
  maxClockAheadMs,
  maxExpressionLength,
  maxProofBytes,
  maxShownCredentials,
} from "./limits.js";
export { evaluatePolicy, type PolicyRequest } from "./policy/evaluate.js";
export { formatPolicy, type Policy, type Term } from "./policy/expression.js";
export { parsePolicy } from "./policy/parse-policy.js";
export { type PolicyRuleOptions, policyRule } from "./policy/policy-rule.js";
export type { Validity } from "./validity.js";
