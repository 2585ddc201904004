/** Longest wait for anything that must happen, in milliseconds. 5 s: over loopback only a fault takes so long, on a busy machine too. */
export const defaultWaitMs = 5_000;

/** How long a promise must stay pending to count as stalled, in milliseconds. 200 ms: a drain over loopback takes a few. */
export const defaultStallMs = 200;

/** How long a case watches for what must not happen, in milliseconds. Short, because it is spent in every run that passes. */
export const defaultWatchMs = 30;

/**
 * Most bytes a connection may take from a sender while nobody reads, in bytes.
 * 64 MiB: a transport's own hard bound of 16 MiB, what the system buffers on both ends, and room.
 */
export const maxUnreadBytes = 67_108_864;

/** Frame used to fill a connection, in bytes, where the transport carries so large ones. What one read of a portal gives. */
export const fillFrameBytes = 65_536;

/** Buffer of which a frame is a small piece, in bytes, as the read buffers of a fast transport are. */
export const pinnedFrameBytes = 1_048_576;

/** Most memory that frames of one connection may keep while nobody reads, in bytes: its hard bound of 16 MiB at both ends. */
export const maxHeldBytes = 33_554_432;

/** Time a case may take before the test runner gives up, in waits. Cases wait several times in a row, and clean up after a failure. */
export const waitsPerCase = 10;
