/** Most identities of a home. 1,000: each change writes their histories anew, up to 8 KB each. */
export const maxHomeIdentities = 1000;

/** Most vaults of a home. 100: one is enough for most, and each is a folder. */
export const maxHomeVaults = 100;

/** Most credentials a home keeps. 1,000: some for each member and scope that its nodes have; 13 KB each at most. */
export const maxStoredCredentials = 1000;

/** Listeners whose identities are remembered. 10,000: one for each sealed route that was ever used; the oldest gives way. */
export const maxRememberedListeners = 10_000;

/** Longest file with a passphrase, in bytes. 1,026: the longest passphrase and a line end. */
export const maxPassphraseFileBytes = 1026;
