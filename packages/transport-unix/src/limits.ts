/** Longest wait of `dial` for the system to take the connection, in milliseconds. 5 s: a listener that runs at all takes it in a few. */
export const defaultDialTimeoutMs = 5_000;

/** Longest path of a socket file, in bytes: the least that a system has room for (104 in BSD's `sockaddr_un`), less its closing NUL. */
export const maxPathBytes = 103;

/** Permissions of a socket file: its owner, and nobody else, may connect. */
export const defaultMode = 0o600;

/**
 * First and longest pause before a listener is tried again that has no room for another connection yet, in milliseconds. TCP lets
 * diallers wait; here they have to come again, and not all at once.
 */
export const crowdPauseMs = { first: 50, longest: 500 } as const;

/** Most files left behind that `listen` clears away before it gives up. Each further one is left there by another process meanwhile. */
export const maxTakeOvers = 8;
