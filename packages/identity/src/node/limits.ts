/**
 * Cost of scrypt for new vaults, as a power of two: 2^17 rounds with blocks of 8 take 128 MiB and half a second.
 * OWASP Password Storage Cheat Sheet, "scrypt".
 */
export const defaultCostLog2 = 17;

/** Least cost that is read, as a power of two. 2^14 is what scrypt's author gave for interactive use in 2009. */
export const minCostLog2 = 14;

/** Greatest cost that is read, as a power of two: 1 GiB, so that a file made by another cannot use up the memory. */
export const maxCostLog2 = 20;

/** Block size of scrypt. The one in use everywhere. */
export const blockSize = 8;

/** Most keys of a vault. An identity has one, and one more while it is being rotated. */
export const maxVaultKeys = 10_000;

/** Longest passphrase, in bytes of UTF-8. */
export const maxPassphraseBytes = 1_024;
