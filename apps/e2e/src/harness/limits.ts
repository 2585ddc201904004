/** Longest run of one command, in milliseconds. Far above any healthy one, so that a test fails with a reason. */
export const commandTimeoutMs = 30_000;

/** How soon an error must be told, in milliseconds, beside what starting the command takes: far below every time-out, also on a busy machine. */
export const promptErrorMs = 3_000;

/** Longest wait for something that heals by itself, in milliseconds. */
export const healTimeoutMs = 15_000;

/** Longest wait for service after a fault, in milliseconds: far above every bar, so that a miss has a figure. */
export const patienceMs = 40_000;

/** Longest run of a test that moves much data or breaks things, in milliseconds. */
export const longTestMs = 90_000;
