const kibibyte = 2 ** 10;
const mebibyte = 2 ** 20;

/** First receive window of a stream; one that is never read never grows. A limit of `@x/portal-tcp`. */
const windowBytes = 256 * kibibyte;

/** Bytes of a local socket that wait for their first transmission. A limit of `@x/portal-tcp`. */
const unsentBytes = 512 * kibibyte;

/** What a connection queues for a peer that does not read. A limit of `@x/transport-tcp`. */
const connectionBytes = 16 * mebibyte;

/** Read buffers, and room that a collector has not given back to the system. */
const fixedBytes = 32 * mebibyte;

/** Most that an inlet or outlet node may grow for streams that are never read, in bytes. */
export function endLimitBytes(streams: number): number {
  return streams * (windowBytes + unsentBytes) + connectionBytes + fixedBytes;
}

/** Most that a relay node may grow for them, in bytes: its two connections, however many streams there are. */
export const relayLimitBytes: number = 2 * connectionBytes + fixedBytes;

/** The two formulas in words. */
export const unreadFormula =
  "Bars: an end takes streams × (256 KiB window + 512 KiB unsent) + 16 MiB connection + 32 MiB; a relay two connections of 16 MiB + 32 MiB, however many streams.";
