/** Longest wait of `dial` for somebody to accept, in milliseconds. 5 s: a listener that runs at all does in a few. */
export const defaultDialTimeoutMs = 5_000;

/** Longest path of a socket, in bytes. The shortest that a system has room for, less its closing NUL. */
export const maxPathBytes = 103;
