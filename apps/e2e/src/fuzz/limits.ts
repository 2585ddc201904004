/** Frames sent to each message listener and to the control socket when nobody says how many. */
export const defaultFrames = 1_000_000;

/** Frames per visit, request or datagram of the other entrances: those of the listeners divided by this. Opening takes most of their time. */
export const lessBusyShare = 20;

/** Connections at once to each entrance. */
export const parallelSessions = 8;

/** Most frames of one connection; the last is meant to end it. */
export const maxSessionFrames = 100;

/** Longest wait for a node to close or answer, in milliseconds. Counted as stuck beyond it. */
export const answerTimeoutMs = 5_000;

/**
 * Growth of the node's memory that is put down to warm code and buffers, in bytes.
 * 160 MiB: the code compiled for each path, the slabs of 1 MiB of a few busy connections, what the collector has not given back,
 * and 20,000 ended streams that an outlet remembers for a minute.
 */
export const maxGrowthBytes: number = 160 * 2 ** 20;

/** File descriptors by which the node may differ at the end: a log file that was put aside, a look-up under way. */
export const maxExtraFiles = 4;

/** Longest wait for the node to settle, in milliseconds: streams and leases that the fuzz left behind end within it. */
export const settleMs = 30_000;

/** Limits of the fuzzed node, small enough to be reached: what a frame opens by chance must end within the settling time. */
export const nodeLimits: readonly string[] = [
  "relays=500",
  "outlet-streams=200",
  "inlet-streams=200",
  "stream-resume-ms=2000",
];
