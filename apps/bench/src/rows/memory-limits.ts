const mebibyte = 2 ** 20;

/** What all portals of a node hold or promise together. A limit of `@x/portal-tcp`. */
const budgetBytes = 256 * mebibyte;

/** What a connection queues for a peer that does not read. A limit of `@x/transport-tcp`. */
const connectionBytes = 16 * mebibyte;

/** Read buffers, and room that a collector has not given back to the system. */
const fixedBytes = 32 * mebibyte;

/** Most that an inlet or outlet node may grow for streams that are never read, in bytes, however many there are. */
export const endLimitBytes: number = budgetBytes + connectionBytes + fixedBytes;

/** Most that a relay node may grow for them, in bytes: its two connections, however many streams there are. */
export const relayLimitBytes: number = 2 * connectionBytes + fixedBytes;

/** The formula of a relay node in words. */
export const relayFormula =
  "Bar of a relay node, however many streams: 2 × 16 MiB for its two connections + 32 MiB.";

/** The formulas of all nodes in words. */
export const unreadFormula: string = `Bar of an end, however many streams: 256 MiB, the budget of portals, + 16 MiB for its connection + 32 MiB. ${relayFormula}`;
