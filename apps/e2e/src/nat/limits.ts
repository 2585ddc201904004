/** Longest run of one small administrative command, in milliseconds: one that hangs must not hang the suite. */
export const attemptTimeoutMs = 1_500;

/** Longest wait until a laboratory with its nodes is ready, in milliseconds. */
export const openLabMs = 60_000;

/** How soon service must be back after a killed relay listens again, in milliseconds. */
export const relayReturnMs = 3_000;

/** How soon service must be back after a line that was cut carries again, in milliseconds. */
export const lineReturnMs = 5_000;

/** How long service may stand still when a router forgets its mappings or gets another address, in milliseconds. */
export const mappingLossMs = 5_000;

/** Bytes that each direction moves at least in a test that breaks something: 10 MB, 20 MB per portal. */
export const minTransferBytes = 10_000_000;

/** Rounds of each break. Default 1; the environment variable CULVERT_NAT_ROUNDS asks for more, with outages of 5 to 20 s. */
export const rounds: number = Math.max(1, Number(process.env.CULVERT_NAT_ROUNDS ?? 1) || 1);

/** Longest run of a test that breaks something once, in milliseconds. */
export const breakTestMs = 60_000;
