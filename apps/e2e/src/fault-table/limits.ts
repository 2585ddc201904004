/** Longest wait for service after a fault, in milliseconds: far above every bar, so that a miss has a figure. */
export const patienceMs = 40_000;

/** How soon a peer that fell silent must count as dead, in milliseconds (design, section 4). */
export const deadPeerBarMs = 15_000;

/** How soon service must be back after a killed relay listens again, in milliseconds. */
export const relayReturnBarMs = 3_000;

/** How soon service must be back after a line that was cut carries again, in milliseconds. */
export const lineReturnBarMs = 5_000;

/** How soon a visitor's socket must be closed when the target refuses, in milliseconds. */
export const refusedTargetBarMs = 1_000;

/** How soon an error must be told, in milliseconds, beside what starting the command takes. */
export const errorBarMs = 500;

/** How soon a node must serve again that did not stop, or that listens again, in milliseconds. */
export const serviceBarMs = 3_000;

/** Speed of each direction of a transfer during a fault, in bytes per second: leaves a shared machine room. */
export const transferBytesPerSecond = 4_000_000;

/** Bytes that each direction must have carried before a fault. */
export const warmUpBytes = 300_000;

/** Longest time an outlet keeps a stream whose inlet is gone, with room, in milliseconds: the resume time-out is 60 s. */
export const orphanedStreamMs = 75_000;
