/** Longest wait for a TCP connection, name look-up included, in milliseconds. 10 s: three SYN retries. */
export const defaultDialTimeoutMs = 10_000;
