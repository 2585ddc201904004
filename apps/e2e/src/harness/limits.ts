/** Longest run of one command, in milliseconds. Far above any healthy one, so that a test fails with a reason. */
export const commandTimeoutMs = 30_000;

/** How soon an error must be told, in milliseconds. The promise is "at once"; starting Node takes a part of it. */
export const promptErrorMs = 1_000;

/** What starting a command costs on a busy machine, in milliseconds, beside what it does. */
export const startAllowanceMs = 1_500;

/** Longest wait for something that heals by itself, in milliseconds. */
export const healTimeoutMs = 15_000;

/** Longest run of a test that moves much data or breaks things, in milliseconds. */
export const longTestMs = 60_000;
