/**
 * Longest path of a unix socket, in bytes. 103: what the strictest platform takes (104 bytes with the closing NUL).
 * Sockets with longer ones are used from within their folder.
 */
export const maxSocketPathBytes = 103;

/** How long a lock may go without a sign of life before it counts as left behind, in milliseconds. 5,000: a killed command delays the next one by no more. */
export const staleLockMs = 5_000;

/** Longest wait for a lock, in milliseconds. 20,000: longer than the slowest start of a node. */
export const lockTimeoutMs = 20_000;

/** Pause between attempts to get a lock, in milliseconds. 25: below what people notice. */
export const lockRetryMs = 25;
