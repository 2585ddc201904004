/** Clients when nobody says how many. */
export const defaultClients = 1_000;

/** Processes among which the clients are divided: each dials for a few hundred, so that none is late for long. */
export const clientProcesses = 4;

/** Longest time until all registrations are back after the relay's return, in milliseconds: "seconds, not half a minute". */
export const maxReturnMs = 10_000;

/**
 * Largest share of the clients that may connect within one 100 ms.
 * A quarter: after a restart of half a second their random delays are spread over about as long, which is five such windows.
 */
export const maxPeakShare = 0.25;

/** Width of the histogram's columns, in milliseconds. */
export const columnMs = 100;

/** Time between two looks at the relay's processor time, in milliseconds. Its clock ticks every 10 ms. */
export const sampleMs = 200;

/** Longest wait for all clients to be up at first, in milliseconds. */
export const firstUpMs = 60_000;

/** Rest between two restarts, in milliseconds: longer than the 5,000 after which a node takes a connection for stable. */
export const restMs = 6_000;

/** Growth of the relay's memory over a restart that is put down to chance, in bytes: heaps differ by that much from run to run. */
export const maxGrowthBytes: number = 32 * 2 ** 20;
