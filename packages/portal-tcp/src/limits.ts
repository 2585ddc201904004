/** Default time an outlet waits for its target, in milliseconds. */
export const defaultConnectTimeoutMs = 10_000;

/** Streams of an outlet whose target has not accepted yet. 1,000: a silent target must not use up all streams. */
export const defaultMaxConnecting = 1_000;

/**
 * Pause between two looks at a target that does not take connections, and between two questions of an inlet about it, in
 * milliseconds. 500: a target that is back is known to be so within a second.
 */
export const targetCheckMs = 500;

/** Silence after which the platform asks whether a local socket's other side is there, in milliseconds (TCP keep-alive). */
export const socketKeepAliveMs = 60_000;
