/** Longest wait for a TCP connection, name look-up included, in milliseconds. 10 s: three SYN retries. */
export const defaultDialTimeoutMs = 10_000;

/** Most connections beyond a listener's limit that are told so; further ones are just closed. */
export const maxTurnedAway = 256;
