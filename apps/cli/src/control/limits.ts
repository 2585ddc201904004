/**
 * Largest body of a control request or answer, in bytes.
 * 8 MiB: a message of 1 MiB as hex digits, with room for long lists in answers.
 */
export const maxControlBodyBytes = 8_388_608;

/** Longest time for a request's head and body to arrive, in milliseconds. 10,000: they come from the same machine. */
export const controlRequestTimeoutMs = 10_000;

/** Pause between looks for requests that are too slow, in milliseconds. 1,000: the server's own 30,000 would make the limit 40,000. */
export const controlCheckMs = 1000;

/** Most commands at once on the control socket; further ones are closed. 256: far above what people and scripts run. */
export const maxControlConnections = 256;
