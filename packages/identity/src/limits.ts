/**
 * Most changes of an identity: its creation and 23 rotations. As many as leave a {@link maxProofBytes} room for the attestation;
 * with one rotation a month they last for two years, with one a year for longer than any machine.
 */
export const maxChanges = 24;

/** Longest proof of an identity, in bytes. 4 KiB, so that a handshake's message carries one and is still small. */
export const maxProofBytes = 4_096;

/** How long an attestation is good unless told otherwise, in milliseconds: a day. One is made for each handshake anyway. */
export const defaultAttestationMs = 86_400_000;

/** Longest time an attestation is good, in milliseconds: 30 days. A key stolen from memory is of no use for longer. */
export const maxAttestationMs = 2_592_000_000;

/** How long a credential is good unless told otherwise, in milliseconds: 30 minutes. Members renew theirs by themselves. */
export const defaultCredentialMs = 1_800_000;

/** Longest time a credential is good, in milliseconds: 366 days. Whoever lost an authority's trust keeps it no longer. */
export const maxCredentialMs = 31_622_400_000;

/**
 * How far a peer's clock may be ahead of this one, in milliseconds: 5 minutes.
 * For the beginning of a validity only; its end has no leniency.
 */
export const maxClockAheadMs = 300_000;

/** Most attributes of a credential. 32 are roles, components and shares of one member, with room. */
export const maxAttributes = 32;

/** Longest name of an attribute, in characters. */
export const maxAttributeNameLength = 64;

/** Longest value of an attribute, in UTF-8 bytes. As long as an address, which is what some values are. */
export const maxAttributeValueBytes = 255;

/**
 * Longest signed part of a credential, in bytes. 2 KiB, so that with an authority's longest history it stays below 6 KiB, and a
 * message of a handshake (65,535 bytes) carries eight.
 */
export const maxCredentialBodyBytes = 2_048;

/** Most credentials that a peer may show. One for each authority that it is a member of, and as many as a handshake carries. */
export const maxShownCredentials = 8;

/** Longest policy expression, in characters. Room for some 40 identifiers. */
export const maxExpressionLength = 4_096;

/** Deepest nesting of a policy expression. Reading and asking it recur once a level. */
export const maxExpressionDepth = 32;

/**
 * Identities whose newest history is remembered unless told otherwise, beside those that are kept for good.
 * At most 3,777 bytes each, 15 MiB in all.
 */
export const defaultMaxRemembered = 4_096;
