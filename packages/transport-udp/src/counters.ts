/** What happened to datagrams and frames since a transport was made, over all its connections. */
export interface UdpCounters {
  /** Datagrams that made no sense: too short, wrong magic, impossible fragments. */
  readonly malformed: number;
  /** Datagrams of connections that do not exist. */
  readonly unknown: number;
  /** Frames given up because fragments were missing. */
  readonly incomplete: number;
  /** Frames lost because their receiver was busy, or too many waited for others. */
  readonly overrun: number;
  /** Datagrams that the system refused to send, or that gave way to those of others. */
  readonly unsent: number;
}

/** {@link UdpCounters} as the transport counts. */
export type Counting = { -readonly [Name in keyof UdpCounters]: number };

/** Counters at zero. */
export function newCounters(): Counting {
  return { malformed: 0, unknown: 0, incomplete: 0, overrun: 0, unsent: 0 };
}
